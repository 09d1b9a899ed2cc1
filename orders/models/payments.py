"""What buyers paid."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice.audit.models import Audited
from backoffice.privacy.fields import PersonalTextField
from backoffice.privacy.keys import Subject
from orders.models.orders import Order


class Payment(Audited):
    """One payment for an order: the source that a refund goes back to."""

    store_lookup = "order__store"
    part_of = "order"

    order = models.ForeignKey(
        Order, models.PROTECT, related_name="payments", verbose_name=_("order")
    )
    reference = PersonalTextField(_("payment reference"), max_length=80)
    method = models.CharField(_("method"), max_length=40)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    paid_at = models.DateTimeField(_("paid at"))

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint("order", "reference", name="payment_reference_once_per_order"),
            models.CheckConstraint(name="payment_amount_positive", condition=Q(amount__gt=0)),
        ]

    def __str__(self) -> str:
        return str(self.reference)

    @property
    def data_subject(self) -> Subject:
        """Who paid."""
        return self.order.data_subject
