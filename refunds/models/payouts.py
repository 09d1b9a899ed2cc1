"""Movements of money, one per attempt to pay a case."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import FSMField, transition

from backoffice.audit.models import Audited
from backoffice.privacy.fields import PersonalTextField
from backoffice.privacy.keys import Subject
from orders.models import Payment
from refunds.models.cases import RefundCase
from refunds.models.words import PayBy
from refunds.numbers import payout_number


class Payout(Audited):
    """One movement of money for one case; its number is what the bank sees, for ever."""

    store_lookup = "case__store"

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        APPROVED = "approved", pgettext_lazy("payout state", "Approved")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        SETTLED = "settled", _("Settled")
        FAILED = "failed", _("Failed")
        UNKNOWN = "unknown", pgettext_lazy("payout state", "Unknown")
        CANCELLED = "cancelled", _("Cancelled")
        RETURNED = "returned", _("Returned by the bank")

    Method = PayBy

    class Purpose(models.TextChoices):
        REFUND = "refund", pgettext_lazy("payout purpose", "Refund")
        COMPENSATION = "compensation", pgettext_lazy("payout purpose", "Compensation")
        ADVANCE = "advance", pgettext_lazy("payout purpose", "Advance compensation")

    OVER = (State.FAILED, State.CANCELLED, State.RETURNED)
    ON_ITS_WAY = (State.SENDING, State.SENT, State.UNKNOWN)  # sent, and not answered for good

    number = models.CharField(_("number"), max_length=20, unique=True, default=payout_number)
    case = models.ForeignKey(
        RefundCase, models.PROTECT, related_name="payouts", verbose_name=_("refund case")
    )
    batch = models.ForeignKey(
        "refunds.RefundBatch",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="payouts",
        verbose_name=_("refund batch"),
    )
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    purpose = models.CharField(
        _("purpose"), max_length=12, choices=Purpose.choices, default=Purpose.REFUND
    )
    reason = models.CharField(_("reason code"), max_length=10, blank=True)
    approver = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("approved by"),
    )
    payment = models.ForeignKey(
        Payment,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="payouts",
        verbose_name=_("original payment"),
    )
    channel = models.CharField(
        _("payment channel"),
        max_length=40,
        blank=True,
        help_text=_("How the buyer paid: the original route."),
    )
    method = models.CharField(
        pgettext_lazy("payout", "method"),
        max_length=10,
        choices=Method.choices,
        default=Method.ORIGINAL,
    )
    destination = PersonalTextField(
        _("destination"),
        max_length=80,
        blank=True,
        help_text=_("The original payment's reference, or the buyer's account."),
    )
    payee = PersonalTextField(_("account holder"), max_length=70, blank=True)
    bank_code = PersonalTextField(
        _("bank code"), max_length=14, blank=True, help_text=_("BIC or CNAPS code.")
    )
    state = FSMField(_("state"), default=State.QUEUED, choices=State.choices, protected=True)
    frozen = models.BooleanField(
        _("frozen"), default=False, help_text=_("A dispute is open: it is not paid until it ends.")
    )
    bank_reason = models.CharField(_("bank's reason"), max_length=300, blank=True)
    queued_at = models.DateTimeField(_("queued at"), auto_now_add=True)
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)

    class Meta:
        verbose_name = _("payout")
        verbose_name_plural = _("payouts")
        ordering = ("-pk",)
        default_permissions = ("view",)
        permissions = [
            ("export_payout", _("Can export payouts")),
            ("retry_payout", _("Can queue a failed payout again")),
            ("redirect_payout", _("Can change where a waiting payout goes")),
            ("cancel_payout", _("Can cancel a waiting payout")),
            ("see_destination", _("Can see the end of a payout's destination")),
        ]
        indexes = [
            models.Index(fields=["state", "queued_at"], name="payout_waiting"),
            models.Index(
                "settled_at", condition=Q(settled_at__isnull=False), name="payout_settled"
            ),
        ]
        constraints = [
            models.CheckConstraint(name="payout_amount_positive", condition=Q(amount__gt=0)),
            models.UniqueConstraint(
                "case",
                "purpose",
                condition=~Q(state__in=("failed", "cancelled", "returned")),
                name="payout_one_live_per_case_and_purpose",
            ),
            models.CheckConstraint(
                name="payout_known_method_and_purpose",
                condition=Q(method__in=("original", "bank", "credit"))
                & Q(purpose__in=("refund", "compensation", "advance")),
            ),
            models.CheckConstraint(
                name="payout_by_bank_says_where",
                condition=~Q(method="bank") | ~Q(destination="") | Q(batch=None),
            ),
            models.CheckConstraint(
                name="payout_in_a_batch_once_approved",
                condition=Q(batch__isnull=False) | Q(state__in=("queued", "cancelled")),
            ),
            models.CheckConstraint(
                name="payout_frozen_waits",
                condition=Q(frozen=False) | Q(state__in=("queued", "cancelled")),
            ),
            models.CheckConstraint(
                name="payout_frozen_in_no_batch", condition=Q(frozen=False) | Q(batch=None)
            ),
            models.CheckConstraint(
                name="payout_settled_has_its_time",
                condition=~Q(state="settled") | Q(settled_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def data_subject(self) -> Subject:
        """Whose money it is."""
        return self.case.data_subject

    @transition(state, source=State.QUEUED, target=State.APPROVED)
    def approve(self) -> None:
        """Its batch was released by a second person."""

    @transition(state, source=State.APPROVED, target=State.SENDING)
    def claim(self) -> None:
        """It is about to be sent: whoever claims it is the only one who sends it."""

    @transition(state, source=[State.APPROVED, State.SENDING], target=State.SENT)
    def send(self) -> None:
        """It left: in its batch's file, or by a call that a provider took."""

    @transition(state, source=[State.SENDING, State.SENT], target=State.UNKNOWN)
    def lose_track(self) -> None:
        """No answer came: ask, never resend under a new number."""

    @transition(state, source=[State.SENDING, State.SENT, State.UNKNOWN], target=State.SETTLED)
    def settle(self) -> None:
        """The bank says that the money arrived."""

    @transition(state, source=[State.SENDING, State.SENT, State.UNKNOWN], target=State.FAILED)
    def fail(self) -> None:
        """The bank says that the money definitely did not move."""

    @transition(state, source=State.SETTLED, target=State.RETURNED)
    def bounce(self) -> None:
        """The bank sent the money back after it had arrived."""

    @transition(state, source=State.QUEUED, target=State.CANCELLED)
    def cancel(self) -> None:
        """Nothing was sent, and nothing will be."""
