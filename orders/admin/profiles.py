"""Import profiles: data of the platform."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.admin.guarded import EditableAdmin
from orders.forms import ProfileForm
from orders.loading.fields import FIELDS
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
    readonly_fields = ("shown_columns",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """The columns as a table; who may change them has them as text, too."""
        names = [name for name in super().get_fields(request, obj) if name != "shown_columns"]
        if obj is None:
            return names
        place = names.index("columns")
        kept = names[place:] if self.writable(request, obj) else names[place + 1 :]
        return [*names[:place], "shown_columns", *kept]

    @admin.display(description=gettext_lazy("columns"))
    def shown_columns(self, profile: ImportProfile) -> SafeString:
        """Each of our fields beside the file's column, in our order."""
        rows = [
            (FIELDS[name].label, profile.columns[name])
            for name in FIELDS
            if profile.columns.get(name)
        ]
        body = format_html_join("", "<tr><td>{}</td><td>{}</td></tr>", rows)
        return format_html(
            '<table class="desk-table"><thead><tr><th>{}</th><th>{}</th></tr></thead>'
            "<tbody>{}</tbody></table>",
            _("Our field"),
            _("The file's column"),
            body,
        )
