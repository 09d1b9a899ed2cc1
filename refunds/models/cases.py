"""Refund cases: one buyer's request about lines of one order, and the states it moves through."""

from decimal import Decimal
from typing import Any

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
from refunds.models.policies import Kind, RefundPolicy, Stage
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
    due_at = models.DateTimeField(_("due at"), null=True, blank=True)
    held_because = models.CharField(_("held for a person because"), max_length=300, blank=True)
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
            ("export_refundcase", _("Can export refund cases")),
        ]
        indexes = [
            models.Index(fields=["state", "due_at", "id"], name="case_due"),
            models.Index(fields=["store", "state", "due_at"], name="case_store_due"),
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

    class Meta:
        verbose_name = _("case line")
        verbose_name_plural = _("case lines")
        ordering = ("case", "order_line__position")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint("case", "order_line", name="case_line_once_per_order_line"),
            models.CheckConstraint(name="case_line_quantity_positive", condition=Q(quantity__gt=0)),
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
