"""Effective-dated rules that a case freezes when it is requested."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.audit.models import Audited
from backoffice.exceptions import BackofficeError
from merchants.models import Store


class Kind(models.TextChoices):
    """What the buyer asks for."""

    REFUND_ONLY = "refund_only", _("Refund only")
    RETURN_REFUND = "return_refund", _("Return and refund")
    EXCHANGE = "exchange", _("Exchange")
    COMPENSATION = "compensation", _("Compensation")


class Stage(models.TextChoices):
    """How far the goods were when the case was requested."""

    NOT_SHIPPED = "not_shipped", _("Not shipped")
    SHIPPED = "shipped", _("Shipped, not received")
    RECEIVED = "received", _("Received")


class PolicyFixed(BackofficeError):
    """Cases stand on the policy that they were requested under: it stays what it was."""

    message = _("A policy is never changed, because cases stand on it. Add one with a later start.")
    status = 409


class RefundPolicy(Audited):
    """How long each party has for one kind of case at one stage, and what silence means.

    A row is written once: another time or ceiling is another policy, with a start of its own.
    """

    store_lookup = "store"
    common_without_store = True

    class AtDeadline(models.TextChoices):
        APPROVE = "approve", pgettext_lazy("at the deadline", "Approve")
        PERSON = "person", _("Hand to a person")

    store = models.ForeignKey(
        Store,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("store"),
        help_text=_("Empty: every store without a policy of its own."),
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    stage = models.CharField(_("stage"), max_length=20, choices=Stage.choices)
    valid_from = models.DateTimeField(_("valid from"))
    review_hours = models.PositiveIntegerField(_("hours to review"))
    at_deadline = models.CharField(
        _("at the deadline"), max_length=10, choices=AtDeadline.choices, default=AtDeadline.APPROVE
    )
    auto_ceiling = models.DecimalField(
        _("auto-approval ceiling"),
        max_digits=12,
        decimal_places=2,
        help_text=_("Cases above this amount go to a person."),
    )
    ship_back_hours = models.PositiveIntegerField(_("hours to ship back"), default=7 * 24)
    inspect_hours = models.PositiveIntegerField(_("hours to inspect"), default=48)
    escalate_hours = models.PositiveIntegerField(_("hours to escalate"), default=7 * 24)

    class Meta:
        verbose_name = _("refund policy")
        verbose_name_plural = _("refund policies")
        ordering = ("kind", "stage", "-valid_from")
        default_permissions = ("add", "view")
        constraints = [
            models.UniqueConstraint(
                Coalesce("store", 0),
                "kind",
                "stage",
                "valid_from",
                name="refund_policy_once_per_start",
                violation_error_message=_("There is a policy like this with the same start."),
            ),
            models.CheckConstraint(
                name="refund_policy_review_hours_positive", condition=Q(review_hours__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.get_stage_display()} · {self.review_hours} h"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep a new policy; raises ``PolicyFixed`` for one that is there already."""
        if not self._state.adding:
            raise PolicyFixed
        super().save(*args, **kwargs)
