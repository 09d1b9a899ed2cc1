"""How the orders' app starts."""

from functools import partial

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrdersConfig(AppConfig):
    """The app, and what it adds to the apps below it."""

    name = "orders"
    verbose_name = _("Orders")

    def ready(self) -> None:
        """Register the profiles, the order files, and how long buyers' data are kept."""
        from backoffice.bulk.jobs import look_for_work, register_job_kind
        from backoffice.bulk.retention import files_of
        from backoffice.install import register_defaults
        from backoffice.privacy.retention import install, register_holding
        from backoffice.tasks import register_tick_work
        from orders import retention, uploads
        from orders.erasing import register_hold
        from orders.loading.loader import apply_orders, check_orders
        from orders.models import OrderImport
        from orders.profiles import install_profiles

        register_defaults(install_profiles)
        register_job_kind(
            OrderImport, check=check_orders, apply=apply_orders, permission="orders.import_order"
        )
        register_tick_work(look_for_work)
        register_hold(retention.HOLD)
        for holding in retention.HOLDINGS:
            register_holding(holding)
        brought = files_of(OrderImport, _("Uploaded order files"))
        register_holding(brought)
        uploads.register_naming(OrderImport, brought)
        register_tick_work(uploads.look_for_uploads)
        register_defaults(partial(install, retention.SHIPPED))
