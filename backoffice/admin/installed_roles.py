"""“Roles as installed”: what each role may do, and – in its history – what it could do before."""

from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from backoffice.admin.guarded import GuardedAdmin
from backoffice.models import InstalledRole
from backoffice.permission_words import called


@admin.register(InstalledRole)
class InstalledRoleAdmin(GuardedAdmin):
    """Read-only: roles change with the program, and are written down when its database is migrated."""

    list_display = ("role", "place", "number")
    list_display_links = ("role",)
    fields = ("role", "place", "may")
    readonly_fields = ("role", "place", "may")

    @display(description=gettext_lazy("role"))
    def role(self, role: InstalledRole) -> str:
        """What the role is called."""
        return str(role)

    @display(description=gettext_lazy("where"))
    def place(self, role: InstalledRole) -> str:
        """Whether it is held everywhere, or in some stores."""
        return _("everywhere") if role.everywhere else _("in own stores")

    @display(description=gettext_lazy("permissions"))
    def number(self, role: InstalledRole) -> int:
        """How much it may do."""
        return len(role.permissions)

    @display(description=gettext_lazy("permissions"))
    def may(self, role: InstalledRole) -> SafeString:
        """What it may do, a line for each."""
        return format_html_join("", "{}<br>", ((label,) for label in called(role.permissions)))
