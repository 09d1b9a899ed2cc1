"""Effective-dated rules that a case freezes when it is requested."""

from datetime import datetime
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.audit.models import Audited, AuditedQuerySet
from backoffice.exceptions import BackofficeError
from merchants.models import Store
from refunds.models.codes import Reason
from refunds.models.words import Bearer, Kind, PauseCause, Stage


class PolicyFixed(BackofficeError):
    """Cases stand on the policy that they were requested under: it stays what it was."""

    message = _("A policy is never changed, because cases stand on it. Add one with a later start.")
    status = 409


class PolicyQuerySet(AuditedQuerySet):
    """Versions of policies, by when they hold."""

    def standing(self, at: datetime) -> Self:
        """Those in force at that time: from their start, and before their end."""
        return self.filter(valid_from__lte=at).exclude(valid_until__lte=at)


class RefundPolicy(Audited):
    """How long each party has for such a case, what silence means, and what may be done.

    What it is about – store, channel, kind, reason, category, stage; empty means any – is its
    *scope*. The rows of a scope are its versions; they follow each other without overlap or gap.
    A case freezes the version in force when it is requested, so a version's rules never change;
    only its end is written, when the next one begins.
    """

    store_lookup = "store"
    common_without_store = True

    class AtDeadline(models.TextChoices):
        APPROVE = "approve", pgettext_lazy("at the deadline", "Approve")
        PERSON = "person", _("Hand to a person")

    SCOPE = ("store", "channel", "kind", "reason", "category", "stage")

    store = models.ForeignKey(
        Store,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("store"),
        help_text=_("Empty: every store without a policy of its own."),
    )
    channel = models.CharField(
        _("sales channel"), max_length=40, blank=True, help_text=_("Empty: any channel.")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    reason = models.ForeignKey(
        Reason,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("reason"),
        help_text=_("Empty: any reason."),
    )
    category = models.CharField(
        _("category"), max_length=100, blank=True, help_text=_("Empty: any category.")
    )
    stage = models.CharField(
        _("stage"),
        max_length=20,
        choices=Stage.choices,
        blank=True,
        help_text=_("Empty: any stage."),
    )
    version = models.PositiveIntegerField(_("version"), default=1)
    valid_from = models.DateTimeField(_("valid from"))
    valid_until = models.DateTimeField(_("valid until"), null=True, blank=True)

    review_hours = models.PositiveIntegerField(_("hours to review"))
    channel_hours = models.PositiveIntegerField(
        _("hours on the channel's clock"),
        null=True,
        blank=True,
        help_text=_(
            "Wall time that the sales channel gives for the review; the store's clock ends at "
            "least four hours before. Empty: the channel sets no time."
        ),
    )
    at_deadline = models.CharField(
        _("at the deadline"), max_length=10, choices=AtDeadline.choices, default=AtDeadline.APPROVE
    )
    auto_ceiling = models.DecimalField(
        _("auto-approval ceiling"),
        max_digits=12,
        decimal_places=2,
        help_text=_("Cases above this amount go to a person."),
    )
    second_approval_above = models.DecimalField(
        _("second approval above"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("Above this amount two people approve. Empty: one is enough."),
    )
    ship_back_hours = models.PositiveIntegerField(_("hours to ship back"), default=7 * 24)
    inspect_hours = models.PositiveIntegerField(_("hours to inspect"), default=48)
    inspect_from_waybill_hours = models.PositiveIntegerField(
        _("hours to inspect, from the waybill at most"), default=10 * 24
    )
    offer_hours = models.PositiveIntegerField(_("hours to answer an offer"), default=24)
    escalate_hours = models.PositiveIntegerField(_("hours to escalate"), default=7 * 24)
    appeal_hours = models.PositiveIntegerField(_("hours to appeal a verdict"), default=7 * 24)
    complaint_acknowledge_hours = models.PositiveIntegerField(
        _("hours to acknowledge a complaint"), default=2
    )
    complaint_answer_hours = models.PositiveIntegerField(
        _("hours to answer a complaint"), default=24
    )
    complaint_resolve_hours = models.PositiveIntegerField(
        _("hours to resolve a complaint"), default=72
    )
    complaint_wait_hours = models.PositiveIntegerField(
        _("hours that a complaint may wait for the buyer"),
        default=48,
        help_text=_("In all; meanwhile its deadlines stand still."),
    )
    extend_hours = models.PositiveIntegerField(
        _("hours that a person may add"),
        default=24,
        help_text=_("In all, to one review or inspection, with a reason."),
    )
    after_sale_days = models.PositiveIntegerField(
        _("days for after-sale requests"),
        default=15,
        help_text=_("From receipt; the day after receipt is the first. Cases reopen within it."),
    )
    evidence_minimum = models.PositiveIntegerField(
        _("files of evidence at least"),
        default=1,
        help_text=_("Where the reason asks for evidence."),
    )
    reject_codes = models.JSONField(
        _("reject codes"),
        default=list,
        blank=True,
        help_text=_("Codes that may be used to reject, like R01. Empty: all."),
    )
    cost_bearer = models.CharField(
        _("who bears the cost"), max_length=10, choices=Bearer.choices, default=Bearer.REASON
    )

    objects: ClassVar[Any] = PolicyQuerySet.as_manager()

    class Meta:
        verbose_name = _("refund policy")
        verbose_name_plural = _("refund policies")
        ordering = ("kind", "stage", "-valid_from")
        default_permissions = ("add", "view")
        constraints = [
            models.UniqueConstraint(
                Coalesce("store", 0),
                "channel",
                "kind",
                Coalesce("reason", 0),
                "category",
                "stage",
                "valid_from",
                name="refund_policy_once_per_start",
                violation_error_message=_("There is a policy like this with the same start."),
            ),
            models.UniqueConstraint(
                Coalesce("store", 0),
                "channel",
                "kind",
                Coalesce("reason", 0),
                "category",
                "stage",
                condition=Q(valid_until=None),
                name="refund_policy_one_open_version",
            ),
            models.CheckConstraint(
                name="refund_policy_ends_after_it_starts",
                condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")),
            ),
            models.CheckConstraint(
                name="refund_policy_review_hours_positive", condition=Q(review_hours__gt=0)
            ),
            models.CheckConstraint(  # SAMR/CAC Decree 116; the service also wants a party named
                name="refund_policy_silence_never_at_the_buyers_cost",
                condition=~Q(kind="refund_only", at_deadline="approve", cost_bearer="buyer"),
                violation_error_message=_("A buyer cannot bear the cost of their own refund."),
            ),
        ]

    def __str__(self) -> str:
        stage = self.get_stage_display() or "–"
        return f"{self.get_kind_display()} · {stage} · {self.review_hours} h"

    def allows_code(self, code: str) -> bool:
        """Whether a case under this policy may be rejected with ``code``."""
        return not self.reject_codes or code in self.reject_codes

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep a new policy, or the end of one; raises ``PolicyFixed`` for any other change."""
        if not self._state.adding and set(kwargs.get("update_fields") or ["*"]) != {"valid_until"}:
            raise PolicyFixed
        super().save(*args, **kwargs)


class PolicyPause(Audited):
    """Why a clock of a policy may stand still, for how long at most, and how often."""

    store_lookup = "policy__store"
    common_without_store = True
    part_of = "policy"

    policy = models.ForeignKey(
        RefundPolicy, models.PROTECT, related_name="pauses", verbose_name=_("refund policy")
    )
    cause = models.CharField(_("cause"), max_length=20, choices=PauseCause.choices)
    hours = models.PositiveIntegerField(_("hours at most"))
    times = models.PositiveIntegerField(_("times"), default=1)

    class Meta:
        verbose_name = _("policy's pause")
        verbose_name_plural = _("policy's pauses")
        ordering = ("policy", "cause")
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint("policy", "cause", name="policy_pause_once")]

    def __str__(self) -> str:
        return f"{self.get_cause_display()} ≤ {self.hours} h"
