"""Sealed lists of payouts: built by one person, released by another, answered by the bank."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import FSMField, transition

from backoffice.audit.models import Audited
from backoffice.money import ZERO
from backoffice.privacy.keys import Subject
from merchants.models import Store
from refunds.models.payouts import Payout
from refunds.numbers import batch_number


class RefundBatch(Audited):
    """One store's payouts in one currency by one way, sealed: count, total and hash are fixed."""

    store_lookup = "store"

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SEALED = "sealed", _("Waiting for release")
        RELEASED = "released", _("Released")
        SENT = "sent", _("Sent to the bank")
        ACKNOWLEDGED = "acknowledged", _("Taken by the bank")
        RECONCILED = "reconciled", _("Answered in full")
        VOID = "void", _("Void")

    OUT = (State.SENT, State.ACKNOWLEDGED, State.RECONCILED)  # the bank has it, and may answer

    number = models.CharField(_("number"), max_length=20, unique=True, default=batch_number)
    store = models.ForeignKey(
        Store, models.PROTECT, related_name="batches", verbose_name=_("store")
    )
    state = FSMField(_("state"), default=State.DRAFT, choices=State.choices, protected=True)
    currency = models.CharField(_("currency"), max_length=3)
    method = models.CharField(
        pgettext_lazy("payout", "method"),
        max_length=10,
        choices=Payout.Method.choices,
        default=Payout.Method.ORIGINAL,
    )
    channel = models.CharField(
        _("payment channel"),
        max_length=40,
        blank=True,
        help_text=_("Of payouts that go back the way they came."),
    )
    account = models.CharField(_("payout account"), max_length=60, blank=True)
    gateway = models.ForeignKey(
        "refunds.PayoutGateway",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="batches",
        verbose_name=_("payout gateway"),
        help_text=_("What sends it. Empty: its file is handed out for the bank."),
    )
    count = models.PositiveIntegerField(_("payouts"), default=0)
    total = models.DecimalField(_("control total"), max_digits=14, decimal_places=2, default=ZERO)
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True)
    maker = models.ForeignKey(
        "backoffice.User", models.PROTECT, related_name="+", verbose_name=_("built by")
    )
    checker = models.ForeignKey(
        "backoffice.User",
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("released by"),
    )
    second_checker = models.ForeignKey(
        "backoffice.User",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("released by, second"),
    )
    built_at = models.DateTimeField(_("built at"), auto_now_add=True)
    released_at = models.DateTimeField(_("released at"), null=True, blank=True)

    class Meta:
        verbose_name = _("refund batch")
        verbose_name_plural = _("refund batches")
        ordering = ("-pk",)
        default_permissions = ("view",)
        permissions = [
            ("build_refundbatch", _("Can build refund batches")),
            ("release_refundbatch", _("Can release refund batches")),
            ("void_refundbatch", _("Can void refund batches")),
            ("export_refundbatch", _("Can export refund batches")),
            ("import_results", _("Can import bank results")),
        ]
        constraints = [
            models.CheckConstraint(
                name="refund_batch_checker_is_not_maker",
                condition=Q(checker=None) | ~Q(checker=F("maker")),
            ),
            models.CheckConstraint(
                name="refund_batch_second_checker_is_another",
                condition=Q(second_checker=None)
                | ~Q(second_checker=F("maker")) & ~Q(second_checker=F("checker")),
            ),
            models.CheckConstraint(
                name="refund_batch_released_by_someone",
                condition=Q(state__in=("draft", "sealed", "void")) | Q(checker__isnull=False),
            ),
            models.CheckConstraint(
                name="refund_batch_not_empty",
                condition=Q(count__gt=0, total__gt=0) | Q(state__in=("draft", "void")),
            ),
            models.CheckConstraint(
                name="refund_batch_sealed_has_its_hash",
                condition=~Q(sha256="") | Q(state__in=("draft", "void")),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def files_subject(self) -> Subject:
        """Under whose key its files are: they go all together."""
        return Subject(f"batch {self.number}", self.store_id)

    @transition(state, source=State.DRAFT, target=State.SEALED)
    def seal(self) -> None:
        """Its rows, count, total and hash are fixed."""

    @transition(state, source=State.SEALED, target=State.DRAFT)
    def reopen(self) -> None:
        """Something in it changes: what was signed does not hold for what comes."""

    @transition(state, source=State.SEALED, target=State.RELEASED)
    def release(self) -> None:
        """A second person agrees to the sealed list."""

    @transition(state, source=State.RELEASED, target=State.SENT)
    def send(self) -> None:
        """Its file was handed out, or a provider began with it."""

    @transition(state, source=State.SENT, target=State.ACKNOWLEDGED)
    def acknowledge(self) -> None:
        """The bank took the batch as a whole; its payouts are answered one by one."""

    @transition(state, source=[State.SENT, State.ACKNOWLEDGED], target=State.RECONCILED)
    def reconcile(self) -> None:
        """Every payout has a definite answer."""

    @transition(state, source=[State.DRAFT, State.SEALED], target=State.VOID)
    def void(self) -> None:
        """Nothing of it was sent; its payouts wait for another batch."""


class BatchFile(Audited):
    """The exact bytes that were handed out for a batch, kept so that they never differ.

    A file has so many lines at most; a larger batch has several ``part``s. It names accounts and people, so
    it is kept under the batch's own key: ``refunds.batches.handed_out`` opens it.
    """

    store_lookup = "batch__store"
    part_of = "batch"

    class Format(models.TextChoices):
        CSV = "csv", "CSV"
        XLSX = "xlsx", "XLSX"
        XML = "xml", "pain.001"

    batch = models.ForeignKey(
        RefundBatch, models.PROTECT, related_name="files", verbose_name=_("refund batch")
    )
    format = models.CharField(_("format"), max_length=4, choices=Format.choices)
    part = models.PositiveSmallIntegerField(_("part"), default=1)
    content = models.BinaryField(_("content"), help_text=_("Sealed under the key of the batch."))
    sha256 = models.CharField(_("SHA-256"), max_length=64, help_text=_("Of what was handed out."))

    class Meta:
        verbose_name = _("batch file")
        verbose_name_plural = _("batch files")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                "batch", "format", "part", name="batch_file_once_per_format_and_part"
            ),
            models.CheckConstraint(name="batch_file_parts_from_one", condition=Q(part__gt=0)),
        ]
