"""Goods that the law lets nobody return without a reason: on which grounds, and which categories."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from backoffice.audit.models import Audited
from backoffice.exceptions import BackofficeError
from backoffice.languages import in_language
from merchants.models import Store
from refunds.models.codes import Code


class ExemptionFixed(BackofficeError):
    """Cases were refused by it: it stays what it was."""

    message = _(
        "An exemption is never changed, because cases stand on it. End it, and add another."
    )
    status = 409


class ExemptGround(Code):
    """Why goods are exempt from the return without a reason, in the words of the law."""

    law = models.CharField(_("the law's words"), max_length=500)
    law_zh = models.CharField(_("the law's words (Chinese)"), max_length=500, blank=True)
    by_purchase = models.BooleanField(
        _("depends on the purchase"),
        default=False,
        help_text=_(
            "On: it holds only for what was opened, or confirmed when it was bought; staff may say "
            "that it does not hold for a purchase."
        ),
    )

    class Meta(Code.Meta):
        abstract = False
        verbose_name = _("ground of exemption")
        verbose_name_plural = _("grounds of exemption")
        default_permissions = ("change", "view")  # type: ignore[assignment]  # more than other codes

    @property
    def law_text(self) -> str:
        """The law's words, in the current language."""
        return in_language(self.law, self.law_zh)


class ExemptCategory(Audited):
    """A category of goods that falls under a ground, from one day on. Written once, and ended."""

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
    category = models.CharField(
        _("category"), max_length=100, help_text=_("As the order's lines name it.")
    )
    ground = models.ForeignKey(
        ExemptGround, models.PROTECT, related_name="categories", verbose_name=_("ground")
    )
    valid_from = models.DateTimeField(_("valid from"))
    valid_until = models.DateTimeField(_("valid until"), null=True, blank=True)

    class Meta:
        verbose_name = _("exempt category")
        verbose_name_plural = _("exempt categories")
        ordering = ("category", "-valid_from")
        default_permissions = ("add", "change", "view")
        constraints = [
            models.UniqueConstraint(
                Coalesce("store", 0),
                "category",
                condition=Q(valid_until=None),
                name="exempt_category_once_at_a_time",
                violation_error_message=_("This category is exempt already."),
            ),
            models.CheckConstraint(
                name="exempt_category_ends_after_it_starts",
                condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")),
            ),
            models.CheckConstraint(name="exempt_category_is_named", condition=~Q(category="")),
        ]

    def __str__(self) -> str:
        return f"{self.category} · {self.ground.label}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep a new exemption, or the end of one; raises ``ExemptionFixed`` for any other change."""
        if not self._state.adding and set(kwargs.get("update_fields") or ["*"]) != {"valid_until"}:
            raise ExemptionFixed
        super().save(*args, **kwargs)
