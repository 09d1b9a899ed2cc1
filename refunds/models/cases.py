"""Refund cases: one buyer's request about lines of one order, and the states it moves through."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import FSMField, transition

from backoffice.audit.models import Audited
from backoffice.money import ZERO
from merchants.models import Store
from orders.models import Order, OrderLine
from refunds.models.codes import Reason, RejectCode
from refunds.models.instant import InstantRule
from refunds.models.policies import RefundPolicy
from refunds.models.words import Bearer, Clock, DecidedBy, Kind, Risk, Stage
from refunds.numbers import case_number


class State(models.TextChoices):
    """Where a case is. *Reviewed* means that only money or goods remain to move."""

    REQUESTED = "requested", pgettext_lazy("case state", "Requested")
    AWAITING_RETURN = "awaiting_return", _("Awaiting return")
    INSPECTING = "inspecting", _("Inspecting")
    REVIEWED = "reviewed", _("Reviewed")
    REFUNDED = "refunded", _("Refunded")
    COMPENSATED = "compensated", _("Compensated")
    REJECTED = "rejected", _("Rejected")
    DISPUTED = "disputed", _("Disputed")
    WITHDRAWN = "withdrawn", _("Withdrawn")


def sends_goods_back(case: Any) -> bool:
    """The buyer has to return something first."""
    return case.kind in (Kind.RETURN_REFUND, Kind.EXCHANGE)


def keeps_goods(case: Any) -> bool:
    """Nothing has to come back."""
    return not sends_goods_back(case)


class RefundCase(Audited):
    """One buyer's request about lines of one order. Changed by ``workflow.perform`` only."""

    store_lookup = "store"

    LIVE = (
        State.REQUESTED,
        State.AWAITING_RETURN,
        State.INSPECTING,
        State.REVIEWED,
        State.DISPUTED,
        State.REFUNDED,
        State.COMPENSATED,
    )  # what counts against what was paid

    number = models.CharField(_("number"), max_length=20, unique=True, default=case_number)
    external_number = models.CharField(_("channel's number"), max_length=60, blank=True)
    store = models.ForeignKey(Store, models.PROTECT, related_name="cases", verbose_name=_("store"))
    order = models.ForeignKey(Order, models.PROTECT, related_name="cases", verbose_name=_("order"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    state = FSMField(_("state"), default=State.REQUESTED, choices=State.choices, protected=True)
    reason = models.ForeignKey(Reason, models.PROTECT, related_name="+", verbose_name=_("reason"))
    reason_text = models.CharField(_("in the buyer's words"), max_length=500, blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    amount_requested = models.DecimalField(_("requested"), max_digits=12, decimal_places=2)
    amount_approved = models.DecimalField(
        _("approved"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    freight_requested = models.DecimalField(
        _("freight requested"), max_digits=12, decimal_places=2, default=ZERO
    )
    freight_approved = models.DecimalField(
        _("freight approved"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    in_money = models.BooleanField(
        _("paid in money"), default=True, help_text=_("Off: settled by a coupon, credit or goods.")
    )
    stage = models.CharField(_("stage when requested"), max_length=20, choices=Stage.choices)
    policy = models.ForeignKey(
        RefundPolicy, models.PROTECT, related_name="+", verbose_name=_("refund policy")
    )
    at_deadline = models.CharField(
        _("at the deadline"), max_length=10, choices=RefundPolicy.AtDeadline.choices
    )
    requested_at = models.DateTimeField(_("requested at"))
    clock = models.CharField(_("clock"), max_length=10, choices=Clock.choices, blank=True)
    clock_started_at = models.DateTimeField(_("clock started at"), null=True, blank=True)
    due_at = models.DateTimeField(_("due at"), null=True, blank=True)
    channel_due_at = models.DateTimeField(
        _("due at, by the channel"),
        null=True,
        blank=True,
        help_text=_("The sales channel's own deadline; the clock ends four hours before it."),
    )
    time_left = models.DurationField(
        _("time left when paused"),
        null=True,
        blank=True,
        help_text=_("Working time that the paused clock still had."),
    )
    extended_hours = models.PositiveIntegerField(_("hours added"), default=0)
    reminders = models.PositiveSmallIntegerField(_("reminders sent"), default=0)
    remind_at = models.DateTimeField(_("next reminder"), null=True, blank=True)
    held_because = models.CharField(_("held for a person because"), max_length=300, blank=True)
    failures = models.PositiveSmallIntegerField(
        _("failed attempts of the timer"),
        default=0,
        help_text=_("After three the case goes to a person."),
    )
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("assigned to"),
    )
    risk = models.CharField(_("risk"), max_length=10, choices=Risk.choices, default=Risk.LOW)
    risk_figures = models.JSONField(
        _("risk figures"), default=dict, blank=True, help_text=_("As they were when requested.")
    )
    decided_by = models.CharField(
        _("decided by"), max_length=10, choices=DecidedBy.choices, blank=True
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    rule = models.ForeignKey(
        InstantRule,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("instant rule"),
    )
    rule_figures = models.JSONField(_("the rule's figures"), default=dict, blank=True)
    first_approver = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("first approver"),
        help_text=_("Where two people have to approve."),
    )
    first_amount = models.DecimalField(
        _("first approver's amount"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    second_approver = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("second approver"),
    )
    bearer = models.CharField(
        _("who bears the cost"), max_length=10, choices=Bearer.choices, blank=True
    )
    freight_payer = models.CharField(
        _("who pays the return freight"), max_length=10, choices=Bearer.choices, blank=True
    )
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="duplicates",
        verbose_name=_("merged into"),
    )
    reject_code = models.ForeignKey(
        RejectCode,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("reject code"),
    )
    return_carrier = models.CharField(_("return carrier"), max_length=60, blank=True)
    return_tracking = models.CharField(_("return waybill"), max_length=80, blank=True)
    return_sent_at = models.DateTimeField(_("return sent at"), null=True, blank=True)
    return_arrived_at = models.DateTimeField(_("return arrived at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1)

    class Meta:
        verbose_name = _("refund case")
        verbose_name_plural = _("refund cases")
        ordering = ("due_at", "pk")
        default_permissions = ("view",)
        permissions = [
            ("open_refundcase", _("Can open refund cases")),
            ("approve_refundcase", _("Can approve refund cases")),
            ("approve_many", _("Can approve many refund cases at once")),
            ("reject_refundcase", _("Can reject refund cases")),
            ("reject_for_abuse", _("Can use the reject codes of supervisors")),
            ("handle_return", _("Can receive and inspect returns")),
            ("escalate_refundcase", _("Can escalate for a buyer")),
            ("arbitrate", _("Can arbitrate disputes")),
            ("withdraw_refundcase", _("Can withdraw for a buyer")),
            ("give_compensation", _("Can give compensation")),
            ("attach_evidence", _("Can attach evidence")),
            ("second_approve", _("Can give the second approval")),
            ("run_clock", _("Can pause, resume and extend clocks")),
            ("make_offer", _("Can make offers to buyers")),
            ("assign_refundcase", _("Can assign cases to others")),
            ("claim_refundcase", _("Can claim cases")),
            ("write_message", _("Can write to the buyer and the platform")),
            ("write_note", _("Can write internal notes")),
            ("appeal_verdict", _("Can appeal verdicts")),
            ("merge_refundcase", _("Can merge duplicates and reopen cases")),
            ("give_statutory", _("Can give statutory damages")),
            ("export_refundcase", _("Can export refund cases")),
        ]
        indexes = [
            models.Index(fields=["state", "due_at", "id"], name="case_due"),
            models.Index(fields=["store", "state", "due_at"], name="case_store_due"),
            models.Index(
                fields=["remind_at"], condition=Q(remind_at__isnull=False), name="case_remind"
            ),
            models.Index(fields=["store", "decided_by", "decided_at"], name="case_decided"),
            models.Index(fields=["order", "state"], name="case_of_order"),
        ]
        constraints = [
            models.UniqueConstraint(
                "store",
                "external_number",
                condition=~Q(external_number=""),
                name="case_channel_number_once_per_store",
            ),
            models.CheckConstraint(
                name="case_requested_positive", condition=Q(amount_requested__gt=0)
            ),
            models.CheckConstraint(
                name="case_approved_within_requested",
                condition=Q(amount_approved=None)
                | Q(amount_approved__gt=0, amount_approved__lte=models.F("amount_requested")),
            ),
            models.CheckConstraint(
                name="case_approved_once_reviewed",
                condition=~Q(state__in=("reviewed", "refunded", "compensated"))
                | Q(amount_approved__isnull=False),
            ),
            models.CheckConstraint(
                name="case_clock_runs_while_waiting",
                condition=~Q(state__in=("requested", "awaiting_return", "inspecting"))
                | Q(due_at__isnull=False),
            ),
            models.CheckConstraint(
                name="case_clock_has_its_name",
                condition=Q(due_at=None) | ~Q(clock=""),
            ),
            models.CheckConstraint(
                name="case_merged_is_withdrawn",
                condition=Q(merged_into=None) | Q(state="withdrawn"),
            ),
            models.CheckConstraint(
                name="case_first_approval_has_its_amount",
                condition=Q(first_approver=None, first_amount=None)
                | Q(first_approver__isnull=False, first_amount__isnull=False),
            ),
            models.CheckConstraint(
                name="case_second_approver_is_another",
                condition=Q(second_approver=None)
                | Q(first_approver__isnull=False) & ~Q(second_approver=models.F("first_approver")),
            ),
            models.CheckConstraint(
                name="case_approved_as_both_said",
                condition=Q(second_approver=None) | Q(amount_approved=models.F("first_amount")),
            ),
            models.CheckConstraint(
                name="case_rejected_with_code",
                condition=~Q(state="rejected") | Q(reject_code__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def ready_amount(self) -> Decimal:
        """What counts against the payment now: approved once decided, requested before."""
        return self.amount_requested if self.amount_approved is None else self.amount_approved

    @transition(state, source=State.REQUESTED, target=State.REVIEWED, conditions=[keeps_goods])
    def approve(self) -> None:
        """The entitlement is fixed; only money or a compensation remains to move."""

    @transition(
        state, source=State.REQUESTED, target=State.AWAITING_RETURN, conditions=[sends_goods_back]
    )
    def approve_return(self) -> None:
        """The buyer may send the goods back."""

    @transition(state, source=State.AWAITING_RETURN, target=State.INSPECTING)
    def receive(self) -> None:
        """The parcel is on its way back, or has arrived."""

    @transition(state, source=State.INSPECTING, target=State.REVIEWED)
    def accept_return(self) -> None:
        """The goods that came back are accepted, wholly or in part."""

    @transition(state, source=[State.REQUESTED, State.INSPECTING], target=State.REJECTED)
    def reject(self) -> None:
        """The merchant refuses, with a code."""

    @transition(state, source=State.REJECTED, target=State.DISPUTED)
    def escalate(self) -> None:
        """The buyer takes the refusal to the platform."""

    @transition(state, source=State.DISPUTED, target=State.REVIEWED)
    def uphold(self) -> None:
        """The platform decides for the buyer."""

    @transition(state, source=State.DISPUTED, target=State.REJECTED)
    def dismiss(self) -> None:
        """The platform decides for the merchant."""

    @transition(state, source=[State.REQUESTED, State.AWAITING_RETURN], target=State.WITHDRAWN)
    def withdraw(self) -> None:
        """The buyer no longer asks, or did not ship back in time."""

    @transition(state, source=[State.WITHDRAWN, State.REJECTED], target=State.REQUESTED)
    def reopen(self) -> None:
        """The buyer asks again, while after-sale time remains."""

    @transition(state, source=State.REVIEWED, target=State.REJECTED)
    def overturn(self) -> None:
        """The merchant's appeal succeeded before any money moved."""

    @transition(state, source=State.REVIEWED, target=State.REFUNDED)
    def refund(self) -> None:
        """The payout settled."""

    @transition(state, source=State.REVIEWED, target=State.COMPENSATED)
    def compensate(self) -> None:
        """What is not money was given."""


class CaseLine(Audited):
    """How many pieces of an order line a case is about, and the money for them."""

    store_lookup = "case__store"

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
