"""Import profiles: data of the platform."""

from django.contrib import admin

from backoffice.admin.guarded import EditableAdmin
from orders.forms import ProfileForm
from orders.models import ImportProfile


@admin.register(ImportProfile)
class ImportProfileAdmin(EditableAdmin):
    """How each channel writes its order files."""

    form = ProfileForm
    list_display = (
        "code",
        "name",
        "separator",
        "decimal_mark",
        "date_format",
        "time_zone",
        "currency",
    )
    search_fields = ("^code", "name")
