"""Where the goods are."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from backoffice.audit.models import Audited
from backoffice.privacy.fields import PersonalTextField
from backoffice.privacy.keys import Subject
from orders.models.orders import Order


class Shipment(Audited):
    """One parcel of an order: when it left, when it arrived, who carries it."""

    store_lookup = "order__store"
    part_of = "order"

    order = models.ForeignKey(
        Order, models.PROTECT, related_name="shipments", verbose_name=_("order")
    )
    carrier = models.CharField(_("carrier"), max_length=60, blank=True)
    tracking = PersonalTextField(_("tracking number"), max_length=80, blank=True)
    shipped_at = models.DateTimeField(_("shipped at"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered at"), null=True, blank=True)

    class Meta:
        verbose_name = _("shipment")
        verbose_name_plural = _("shipments")
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(
                name="shipment_delivered_after_shipped",
                condition=Q(delivered_at=None) | Q(delivered_at__gte=F("shipped_at")),
            ),
        ]

    def __str__(self) -> str:
        return str(self.tracking) or self.carrier or str(self.pk)

    @property
    def data_subject(self) -> Subject:
        """Whose parcel it is."""
        return self.order.data_subject
