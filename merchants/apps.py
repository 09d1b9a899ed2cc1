"""How the merchants' app starts."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MerchantsConfig(AppConfig):
    name = "merchants"
    verbose_name = _("Merchants")

    def ready(self) -> None:
        from backoffice.access import register_grants
        from merchants.memberships import grants_of

        register_grants(grants_of)
