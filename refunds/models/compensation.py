"""What a buyer was given that is not the refund itself."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.audit.models import Audited
from merchants.models import Store
from refunds.models.cases import RefundCase


class Compensation(Audited):
    """A coupon, credit or replacement that settled a case, on record."""

    store_lookup = "store"

    class Type(models.TextChoices):
        COUPON = "coupon", _("Coupon")
        CREDIT = "credit", _("Store credit")
        POINTS = "points", pgettext_lazy("compensation", "Points")
        REPLACEMENT = "replacement", _("Replacement shipped")

    store = models.ForeignKey(Store, models.PROTECT, related_name="+", verbose_name=_("store"))
    case = models.ForeignKey(
        RefundCase, models.PROTECT, related_name="compensations", verbose_name=_("refund case")
    )
    type = models.CharField(_("type"), max_length=20, choices=Type.choices)
    reference = models.CharField(
        _("reference"), max_length=80, help_text=_("Coupon code, credit entry or tracking number.")
    )
    amount = models.DecimalField(_("worth"), max_digits=12, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    given_at = models.DateTimeField(_("given at"))

    class Meta:
        verbose_name = _("compensation")
        verbose_name_plural = _("compensations")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint("case", name="compensation_once_per_case"),
            models.UniqueConstraint(
                "store", "type", "reference", name="compensation_reference_once_per_store"
            ),
            models.CheckConstraint(name="compensation_positive", condition=Q(amount__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.get_type_display()} {self.reference}"
