"""Goods that are sent in exchange for what came back."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice.audit.models import Audited
from backoffice.privacy.fields import PersonalTextField
from backoffice.privacy.keys import Subject
from orders.models import OrderLine
from refunds.models.cases import RefundCase
from refunds.numbers import replacement_number


class Replacement(Audited):
    """The order that a store sends instead, and its parcel.

    It is made when the exchange is approved: its pieces are taken out of stock at once, so that the
    last one is promised to one buyer only. It is sent when what came back is accepted; cancelled, it
    gives its pieces back, and another may take its place.
    """

    store_lookup = "case__store"
    part_of = "case"

    case = models.ForeignKey(
        RefundCase, models.PROTECT, related_name="replacements", verbose_name=_("refund case")
    )
    number = models.CharField(_("number"), max_length=20, unique=True, default=replacement_number)
    carrier = models.CharField(_("carrier"), max_length=60, blank=True)
    tracking = PersonalTextField(_("tracking number"), max_length=80, blank=True)
    made_at = models.DateTimeField(_("made at"))
    shipped_at = models.DateTimeField(_("shipped at"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)

    class Meta:
        verbose_name = _("replacement")
        verbose_name_plural = _("replacements")
        ordering = ("-pk",)
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(
                name="replacement_shipped_or_cancelled",
                condition=Q(shipped_at=None) | Q(cancelled_at=None),
            ),
            models.CheckConstraint(
                name="replacement_shipped_by_somebody",
                condition=Q(shipped_at=None) | (~Q(carrier="") & ~Q(tracking="")),
            ),
            models.UniqueConstraint(
                "case", condition=Q(cancelled_at=None), name="replacement_one_live_per_case"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def data_subject(self) -> Subject:
        """Who gets it."""
        return self.case.data_subject


class ReplacementLine(Audited):
    """So many pieces of an article that are sent again."""

    store_lookup = "replacement__case__store"
    part_of = "replacement__case"

    replacement = models.ForeignKey(
        Replacement, models.PROTECT, related_name="lines", verbose_name=_("replacement")
    )
    order_line = models.ForeignKey(
        OrderLine, models.PROTECT, related_name="+", verbose_name=_("order line")
    )
    sku = models.CharField(_("SKU"), max_length=60, help_text=_("What is sent, maybe a variant."))
    quantity = models.PositiveIntegerField(_("quantity"))

    class Meta:
        verbose_name = _("replacement line")
        verbose_name_plural = _("replacement lines")
        ordering = ("pk",)
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(
                name="replacement_quantity_positive", condition=Q(quantity__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku}"
