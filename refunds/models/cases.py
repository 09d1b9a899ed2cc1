"""Refund cases: one buyer's request about lines of one order."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice.audit.models import Audited
from backoffice.money import ZERO
from backoffice.privacy.fields import PersonalTextField
from backoffice.privacy.keys import Subject
from merchants.models import Store
from orders.models import Order
from refunds.models.case_rules import CONSTRAINTS, PERMISSIONS
from refunds.models.case_states import CaseStates, State
from refunds.models.codes import Reason, RejectCode
from refunds.models.instant import InstantRule
from refunds.models.policies import RefundPolicy
from refunds.models.words import Bearer, Clock, DecidedBy, Kind, PayBy, Risk, Stage, Stopped
from refunds.numbers import case_number


class RefundCase(CaseStates, Audited):
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
    reason = models.ForeignKey(Reason, models.PROTECT, related_name="+", verbose_name=_("reason"))
    reason_text = PersonalTextField(_("in the buyer's words"), max_length=500, blank=True)
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
    not_exempt_because = models.CharField(
        _("not exempt because"),
        max_length=200,
        blank=True,
        help_text=_("Why goods that may be exempt from the return without a reason are not."),
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
    pay_by = models.CharField(
        _("paid by"),
        max_length=10,
        choices=PayBy.choices,
        default=PayBy.ORIGINAL,
        help_text=_("How the buyer gets the money once it is approved."),
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
    return_tracking = PersonalTextField(_("return waybill"), max_length=80, blank=True)
    return_sent_at = models.DateTimeField(_("return sent at"), null=True, blank=True)
    return_arrived_at = models.DateTimeField(_("return arrived at"), null=True, blank=True)
    stopped = models.CharField(
        _("parcel stopped"),
        max_length=10,
        choices=Stopped.choices,
        blank=True,
        help_text=_("Where the goods were refunded before they arrived."),
    )
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1)

    class Meta:
        verbose_name = _("refund case")
        verbose_name_plural = _("refund cases")
        ordering = ("due_at", "pk")
        default_permissions = ("view",)
        permissions = PERMISSIONS
        indexes = [
            models.Index(fields=["state", "due_at", "id"], name="case_due"),
            models.Index(fields=["store", "state", "due_at"], name="case_store_due"),
            models.Index(
                fields=["remind_at"], condition=Q(remind_at__isnull=False), name="case_remind"
            ),
            models.Index(fields=["store", "decided_by", "decided_at"], name="case_decided"),
            models.Index(fields=["order", "state"], name="case_of_order"),
        ]
        constraints = CONSTRAINTS

    def __str__(self) -> str:
        return self.number

    @property
    def data_subject(self) -> Subject:
        """Whom the words of the case are about: who bought."""
        return self.order.data_subject

    @property
    def ready_amount(self) -> Decimal:
        """What counts against the payment now: approved once decided, requested before."""
        return self.amount_requested if self.amount_approved is None else self.amount_approved
