"""What a buyer is given that is not the refund itself, who may give it, and who bears it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.audit.models import Audited
from backoffice.roles import ROLE_CHOICES
from merchants.models import Store
from refunds.models.cases import RefundCase
from refunds.models.words import Bearer


class Compensation(Audited):
    """A compensation of a case: proposed when the case is opened, on record once it is given."""

    store_lookup = "store"
    part_of = "case"

    class Type(models.TextChoices):
        COUPON = "coupon", _("Coupon")
        POINTS = "points", pgettext_lazy("compensation", "Points")
        CREDIT = "credit", _("Store credit")
        PARTIAL = "partial", _("Partial refund")
        FREIGHT = "freight", pgettext_lazy("compensation", "Freight")
        GOODWILL = "goodwill", _("Goodwill payment")
        REPLACEMENT = "replacement", _("Replacement shipped")
        LIQUIDATED = "liquidated", _("Liquidated damages")
        FRAUD = "fraud", _("Statutory damages: fraud, 3 × the price")
        FOOD = "food", _("Statutory damages: food, 10 × the price or 3 × the loss")
        ADVANCE = "advance", _("Advance compensation")

    WITHOUT_MONEY = (Type.COUPON, Type.POINTS, Type.CREDIT, Type.REPLACEMENT)
    STATUTORY = (Type.FRAUD, Type.FOOD)
    DAMAGES = (Type.LIQUIDATED, *STATUTORY)  # paid on top of what the buyer paid, never out of it
    BEARERS = (Bearer.STORE, Bearer.SUPPLIER, Bearer.CARRIER, Bearer.PLATFORM)

    store = models.ForeignKey(Store, models.PROTECT, related_name="+", verbose_name=_("store"))
    case = models.ForeignKey(
        RefundCase, models.PROTECT, related_name="compensations", verbose_name=_("refund case")
    )
    type = models.CharField(_("type"), max_length=20, choices=Type.choices)
    reference = models.CharField(
        _("reference"),
        max_length=80,
        blank=True,
        help_text=_("Coupon code, credit entry or tracking number."),
    )
    amount = models.DecimalField(_("worth"), max_digits=12, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    bearer = models.CharField(
        _("who bears the cost"), max_length=10, choices=Bearer.choices, default=Bearer.STORE
    )
    loss = models.DecimalField(
        _("the buyer's loss"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    basis = models.JSONField(
        _("how it was computed"), default=dict, blank=True, help_text=_("For statutory damages.")
    )
    given_at = models.DateTimeField(_("given at"), null=True, blank=True)

    class Meta:
        verbose_name = _("compensation")
        verbose_name_plural = _("compensations")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint("case", name="compensation_once_per_case"),
            models.UniqueConstraint(
                "store",
                "type",
                "reference",
                condition=~Q(reference=""),
                name="compensation_reference_once_per_store",
            ),
            models.CheckConstraint(name="compensation_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="compensation_has_a_bearer",
                condition=Q(bearer__in=("store", "supplier", "carrier", "platform")),
            ),
            models.CheckConstraint(
                name="compensation_advance_comes_from_the_platform",
                condition=~Q(type="advance") | Q(bearer="platform"),
            ),
            models.CheckConstraint(
                name="compensation_given_with_reference",
                condition=Q(given_at=None) | ~Q(reference=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_type_display()} {self.reference}".strip()


class CompensationLimit(Audited):
    """How much of a compensation a role may approve alone: the first row that covers it decides."""

    shared = True

    role = models.CharField(_("role"), max_length=20, choices=ROLE_CHOICES, unique=True)
    percent = models.DecimalField(
        _("percent of the goods"), max_digits=6, decimal_places=2, null=True, blank=True
    )
    amount = models.DecimalField(
        _("amount at most"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    cap_percent = models.DecimalField(
        _("cap, in percent of the goods"),
        max_digits=7,
        decimal_places=2,
        default=100,
        help_text=_("Above 100 more than the goods' value may be given."),
    )

    class Meta:
        verbose_name = _("compensation limit")
        verbose_name_plural = _("compensation limits")
        ordering = ("pk",)
        default_permissions = ("add", "change", "view")
        constraints = [
            models.CheckConstraint(
                name="compensation_limit_not_negative",
                condition=(Q(percent=None) | Q(percent__gte=0))
                & (Q(amount=None) | Q(amount__gte=0)),
            ),
        ]

    def __str__(self) -> str:
        return self.get_role_display()
