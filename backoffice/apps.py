"""How the foundations start."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class BackofficeConfig(AppConfig):
    """The foundations."""

    name = "backoffice"
    verbose_name = _("Back-office")

    def ready(self) -> None:
        """Register what other apps ask for."""
        from django.db.models.signals import post_migrate

        from backoffice.install import install_after_migrate

        post_migrate.connect(install_after_migrate, dispatch_uid="backoffice.install")


class BackofficeAdminConfig(AdminConfig):
    """Django's admin with the back-office's own site as the default one."""

    default_site = "backoffice.admin.site.BackofficeSite"

    def ready(self) -> None:
        """Register what other apps ask for."""
        super().ready()
        from django.contrib import admin
        from django.contrib.auth.models import Group

        from backoffice.admin import people  # noqa: F401 - importing registers its page

        admin.site.unregister(Group)  # permissions come from the table of roles, never from groups
