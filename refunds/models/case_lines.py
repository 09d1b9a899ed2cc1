"""The lines of a refund case: which pieces of the order it is about."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice.audit.models import Audited
from orders.models import OrderLine
from refunds.models.cases import RefundCase


class CaseLine(Audited):
    """How many pieces of an order line a case is about, and the money for them."""

    store_lookup = "case__store"
    part_of = "case"

    case = models.ForeignKey(
        RefundCase, models.PROTECT, related_name="lines", verbose_name=_("refund case")
    )
    order_line = models.ForeignKey(
        OrderLine, models.PROTECT, related_name="case_lines", verbose_name=_("order line")
    )
    quantity = models.PositiveIntegerField(_("quantity"))
    amount_requested = models.DecimalField(_("requested"), max_digits=12, decimal_places=2)
    amount_approved = models.DecimalField(
        _("approved"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    accepted = models.PositiveIntegerField(_("sound pieces"), null=True, blank=True)
    damaged = models.PositiveIntegerField(_("damaged pieces"), null=True, blank=True)
    missing = models.PositiveIntegerField(_("missing pieces"), null=True, blank=True)

    class Meta:
        verbose_name = _("case line")
        verbose_name_plural = _("case lines")
        ordering = ("case", "order_line__position")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint("case", "order_line", name="case_line_once_per_order_line"),
            models.CheckConstraint(name="case_line_quantity_positive", condition=Q(quantity__gt=0)),
            models.CheckConstraint(
                name="case_line_every_piece_inspected",
                condition=Q(accepted=None, damaged=None, missing=None)
                | Q(quantity=models.F("accepted") + models.F("damaged") + models.F("missing")),
            ),
            models.CheckConstraint(
                name="case_line_amounts",
                condition=Q(amount_requested__gte=0)
                & (
                    Q(amount_approved=None)
                    | Q(amount_approved__gte=0, amount_approved__lte=models.F("amount_requested"))
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.order_line}"
