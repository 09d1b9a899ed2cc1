"""Which order line a channel's cancellation was found to cancel."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice.audit.models import Audited
from orders.models.orders import OrderLine


class Cancellation(Audited):
    """Pieces of an order line that the channel says were cancelled, under the channel's number.

    It is how a second import knows a cancellation again, and how no piece is cancelled twice.
    """

    store_lookup = "order_line__order__store"
    part_of = "order_line__order"

    order_line = models.ForeignKey(
        OrderLine, models.PROTECT, related_name="cancellations", verbose_name=_("order line")
    )
    number = models.CharField(_("channel's number"), max_length=60, db_index=True)
    part = models.PositiveIntegerField(
        _("part"),
        default=1,
        help_text=_("Above 1 where one number cancels lines of several orders."),
    )
    quantity = models.PositiveIntegerField(_("quantity"))
    cancelled_at = models.DateTimeField(_("cancelled at"))

    class Meta:
        verbose_name = _("cancellation")
        verbose_name_plural = _("cancellations")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                "order_line", "number", "part", name="cancellation_once_per_line"
            ),
            models.CheckConstraint(
                name="cancellation_quantity_positive", condition=Q(quantity__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return self.number if self.part == 1 else f"{self.number}/{self.part}"
