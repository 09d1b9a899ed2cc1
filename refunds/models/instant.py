"""Rules that approve a request the moment it comes, and what keeps them from it."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from backoffice.audit.models import Audited
from backoffice.exceptions import BackofficeError
from backoffice.languages import in_language
from merchants.models import Store
from refunds.models.words import Kind, Risk, Stage


class RuleFixed(BackofficeError):
    """Cases stand on the rule that approved them: it stays what it was."""

    message = _("A rule is never changed, because cases stand on it. Add one in its place.")
    status = 409


class InstantRule(Audited):
    """Approve such a request at once. Written once: another limit is another rule."""

    store_lookup = "store"
    common_without_store = True

    store = models.ForeignKey(
        Store,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("store"),
        help_text=_("Empty: every store."),
    )
    name = models.CharField(_("name"), max_length=100)
    name_zh = models.CharField(_("name (Chinese)"), max_length=100, blank=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    stage = models.CharField(
        _("stage"),
        max_length=20,
        choices=Stage.choices,
        blank=True,
        help_text=_("Empty: any stage."),
    )
    most_amount = models.DecimalField(
        _("amount at most"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    not_picked = models.BooleanField(
        _("not picked yet"),
        default=False,
        help_text=_("On: only while the warehouse has not taken the goods from the shelf."),
    )
    photo_needed = models.BooleanField(_("photo needed"), default=True)
    most_cases = models.PositiveIntegerField(
        _("refund-only cases of the buyer in 90 days at most"), null=True, blank=True
    )
    highest_risk = models.CharField(
        _("highest risk"), max_length=10, choices=Risk.choices, default=Risk.MEDIUM
    )
    valid_from = models.DateTimeField(_("valid from"))
    valid_until = models.DateTimeField(_("valid until"), null=True, blank=True)

    class Meta:
        verbose_name = _("instant rule")
        verbose_name_plural = _("instant rules")
        ordering = ("name", "-valid_from")
        default_permissions = ("add", "change", "view")
        constraints = [
            models.CheckConstraint(
                name="instant_rule_ends_after_it_starts",
                condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")),
            ),
        ]

    def __str__(self) -> str:
        return in_language(self.name, self.name_zh)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep a new rule, or the end of one; raises ``RuleFixed`` for any other change."""
        if not self._state.adding and set(kwargs.get("update_fields") or ["*"]) != {"valid_until"}:
            raise RuleFixed
        super().save(*args, **kwargs)


class FlaggedSku(Audited):
    """An article that no rule approves by itself, because it is under watch."""

    store_lookup = "store"

    store = models.ForeignKey(Store, models.PROTECT, related_name="+", verbose_name=_("store"))
    sku = models.CharField(_("SKU"), max_length=60)
    why = models.CharField(_("why"), max_length=200)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("flagged SKU")
        verbose_name_plural = _("flagged SKUs")
        ordering = ("store", "sku")
        default_permissions = ("add", "change", "view")
        constraints = [models.UniqueConstraint("store", "sku", name="flagged_sku_once")]

    def __str__(self) -> str:
        return self.sku


class RiskHold(Audited):
    """A buyer whose cases neither rule nor timer approves until the hold is lifted."""

    store_lookup = "buyer__store"

    buyer = models.ForeignKey(
        "orders.Buyer", models.PROTECT, related_name="holds", verbose_name=_("buyer")
    )
    why = models.CharField(_("why"), max_length=200)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("risk hold")
        verbose_name_plural = _("risk holds")
        ordering = ("-pk",)
        default_permissions = ("add", "change", "view")
        constraints = [models.UniqueConstraint("buyer", name="risk_hold_once_per_buyer")]

    def __str__(self) -> str:
        return f"{self.buyer.code}: {self.why}"  # a title of pages, which browsers keep
