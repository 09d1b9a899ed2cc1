"""Where ledger, bank and payouts do not agree."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import FSMField, transition

from backoffice.audit.models import Audited
from merchants.models import Store
from refunds.models.by_whom import by, known, person
from refunds.models.payouts import Payout
from refunds.models.reconciliation import ReconciliationDay
from refunds.models.statements import BankLine


class Difference(Audited):
    """One thing on which ledger, bank and payouts do not agree, until somebody has dealt with it."""

    store_lookup = "store"
    part_of = "payout"

    class Kind(models.TextChoices):
        OURS = "ours", pgettext_lazy("difference", "Ours only")
        THEIRS = "theirs", pgettext_lazy("difference", "Theirs only")
        AMOUNT = "amount", pgettext_lazy("difference", "Amount differs")
        STATUS = "status", pgettext_lazy("difference", "Status differs")
        LEDGER = "ledger", pgettext_lazy("difference", "Ledger differs")
        LATE = "late", pgettext_lazy("difference", "Late line")

    class Detail(models.TextChoices):
        """What exactly differs; each belongs to one kind."""

        NO_LINE = "no_line", _("We have it as settled; no line of the bank names it.")
        NO_RETURN = "no_return", _("We have it as returned; the bank booked no return.")
        NO_PAYOUT = "no_payout", _("The bank booked it; no payout of this account has the number.")
        TWICE = "twice", _("The bank booked it a second time.")
        AMOUNT = "amount", _("The bank booked another amount or currency.")
        NOT_SETTLED = "not_settled", _("The bank paid it; we do not have it as settled.")
        NOT_RETURNED = "not_returned", _("The bank returned it; we do not have it as returned.")
        NO_ENTRY = "no_entry", _("The payout is settled; the ledger does not say so.")
        NO_STATE = "no_state", _("The ledger says that it arrived; the payout does not.")
        LATE = "late", _("It fits, and was booked on a day that was closed before it came.")

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("difference", "Open")
        EXPLAINED = "explained", pgettext_lazy("difference", "Explained")
        SIGNED = "signed", pgettext_lazy("difference", "Signed off")
        RESOLVED = "resolved", pgettext_lazy("difference", "Resolved")

    class Code(models.TextChoices):
        """Why it differs, in one word of finance."""

        TIMING = "timing", _("Booked on another day")
        FEE = "fee", _("Charge of the bank")
        BY_HAND = "by_hand", _("Paid or returned by hand")
        BANK = "bank", _("Mistake of the bank")
        OURS = "ours", _("Mistake of ours")
        RECOVERING = "recovering", _("Paid twice, being recovered")
        OTHER = "other", pgettext_lazy("explanation", "Other")

    WAITING = (State.OPEN, State.EXPLAINED)  # what keeps a day from closing

    day = models.ForeignKey(
        ReconciliationDay, models.PROTECT, related_name="differences", verbose_name=_("day")
    )
    store = models.ForeignKey(Store, models.PROTECT, related_name="+", verbose_name=_("store"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    detail = models.CharField(_("what differs"), max_length=14, choices=Detail.choices)
    payout = models.ForeignKey(
        Payout,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="differences",
        verbose_name=_("payout"),
    )
    line = models.ForeignKey(
        BankLine,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="differences",
        verbose_name=_("bank line"),
    )
    late_for = models.ForeignKey(
        ReconciliationDay,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="late_differences",
        verbose_name=_("late for"),
    )
    state = FSMField(_("state"), default=State.OPEN, choices=State.choices, protected=True)
    opened_at = models.DateTimeField(_("opened at"))
    loaded_by = by(_("report loaded by"))
    loaded_person = person()
    assignee = by(_("assigned to"))
    code = models.CharField(_("cause"), max_length=10, choices=Code.choices, blank=True)
    explanation = models.CharField(_("explanation"), max_length=500, blank=True)
    explained_by = by(_("explained by"))
    explained_person = person()
    explained_at = models.DateTimeField(_("explained at"), null=True, blank=True)
    signed_by = by(_("signed off by"))
    signed_person = person()
    signed_at = models.DateTimeField(_("signed off at"), null=True, blank=True)

    class Meta:
        verbose_name = pgettext_lazy("reconciliation", "difference")
        verbose_name_plural = pgettext_lazy("reconciliation", "differences")
        ordering = ("-pk",)
        default_permissions = ("view",)
        permissions = [
            ("assign_difference", _("Can assign differences")),
            ("explain_difference", _("Can explain differences")),
            ("sign_difference", _("Can sign off differences")),
        ]
        indexes = [models.Index(fields=["state", "kind"], name="difference_queue")]
        constraints = [
            models.UniqueConstraint(
                "day",
                "detail",
                Coalesce("payout", 0),
                Coalesce("line", 0),
                condition=~Q(state="resolved"),
                name="difference_once",
            ),
            models.CheckConstraint(
                name="difference_is_about_something",
                condition=Q(payout__isnull=False) | Q(line__isnull=False),
            ),
            models.CheckConstraint(
                name="difference_explained_in_words",
                condition=~Q(state__in=("explained", "signed"))
                | Q(explained_by__isnull=False, explained_at__isnull=False)
                & ~Q(code="")
                & ~Q(explanation=""),
            ),
            models.CheckConstraint(
                name="difference_signed_by_someone",
                condition=~Q(state="signed") | Q(signed_by__isnull=False, signed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="difference_signed_by_another",
                condition=Q(signed_person=None)
                | ~Q(signed_person=F("explained_person"))
                & (Q(loaded_person=None) | ~Q(signed_person=F("loaded_person"))),
            ),
            models.CheckConstraint(
                name="difference_people_are_known",
                condition=known("loaded") & known("explained") & known("signed"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.payout or self.line}"

    @transition(state, source=State.OPEN, target=State.EXPLAINED)
    def explain(self) -> None:
        """Somebody says why it differs."""

    @transition(state, source=State.EXPLAINED, target=State.SIGNED)
    def sign(self) -> None:
        """Another person agrees."""

    @transition(state, source=State.EXPLAINED, target=State.OPEN)
    def send_back(self) -> None:
        """Another person does not agree: it has to be explained again."""

    @transition(state, source=[State.OPEN, State.EXPLAINED], target=State.RESOLVED)
    def resolve(self) -> None:
        """Ledger, bank and payouts agree by now."""
