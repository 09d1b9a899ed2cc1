"""The ledger: every movement of money as one entry between two accounts, written once and for ever."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.audit.models import Audited
from merchants.models import Merchant, Store
from refunds.models.cases import RefundCase
from refunds.models.payouts import Payout


class Account(Audited):
    """Where money can be, in one currency: a store's own, on its way, with buyers, a deposit, ours."""

    store_lookup = "store"

    class Kind(models.TextChoices):
        STORE = "store", pgettext_lazy("ledger account", "Store")
        CLEARING = "clearing", pgettext_lazy("ledger account", "On its way")
        BUYER = "buyer", pgettext_lazy("ledger account", "Buyers")
        DEPOSIT = "deposit", pgettext_lazy("ledger account", "Guarantee deposit")
        PLATFORM = "platform", pgettext_lazy("ledger account", "Platform")

    OF_A_STORE = (Kind.STORE, Kind.CLEARING, Kind.BUYER)

    kind = models.CharField(
        pgettext_lazy("ledger account", "kind"), max_length=10, choices=Kind.choices
    )
    store = models.ForeignKey(
        Store, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("store")
    )
    merchant = models.ForeignKey(
        Merchant,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="accounts",
        verbose_name=_("merchant"),
    )
    currency = models.CharField(_("currency"), max_length=3)

    class Meta:
        verbose_name = _("ledger account")
        verbose_name_plural = _("ledger accounts")
        ordering = ("pk",)
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                "kind",
                Coalesce("store", 0),
                Coalesce("merchant", 0),
                "currency",
                name="ledger_account_once",
            ),
            models.CheckConstraint(
                name="ledger_account_has_its_owner",
                condition=Q(
                    kind__in=("store", "clearing", "buyer"), store__isnull=False, merchant=None
                )
                | Q(kind="deposit", store=None, merchant__isnull=False)
                | Q(kind="platform", store=None, merchant=None),
            ),
        ]

    def __str__(self) -> str:
        owner = self.store or self.merchant
        return f"{self.get_kind_display()} · {owner}" if owner else str(self.get_kind_display())


class LedgerEntry(Audited):
    """One movement: ``amount`` leaves the credited account and reaches the debited one.

    Both sides are one row with one amount, so no entry can be out of balance. The database refuses
    to change or delete a row, and a second movement of the same kind for the same payout.
    """

    store_lookup = "store"
    part_of = "case"

    class Kind(models.TextChoices):
        SENT = "sent", pgettext_lazy("ledger entry", "Sent to the bank")
        SETTLED = "settled", pgettext_lazy("ledger entry", "Arrived")
        FAILED = "failed", pgettext_lazy("ledger entry", "Came back: refused")
        RETURNED = "returned", pgettext_lazy("ledger entry", "Came back: bounced")
        RECOVERED = "recovered", pgettext_lazy("ledger entry", "Recovered from the deposit")
        RESTORED = "restored", pgettext_lazy("ledger entry", "Given back to the deposit")
        PAID_IN = "paid_in", pgettext_lazy("ledger entry", "Deposit paid in")
        PAID_BACK = "paid_back", pgettext_lazy("ledger entry", "Deposit paid back")

    OF_DEPOSITS = (Kind.PAID_IN, Kind.PAID_BACK)

    at = models.DateTimeField(_("time"))
    kind = models.CharField(_("movement"), max_length=10, choices=Kind.choices)
    credit = models.ForeignKey(
        Account,
        models.PROTECT,
        related_name="credits",
        verbose_name=pgettext_lazy("ledger account", "from"),
    )
    debit = models.ForeignKey(Account, models.PROTECT, related_name="debits", verbose_name=_("to"))
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    store = models.ForeignKey(
        Store, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("store")
    )
    case = models.ForeignKey(
        RefundCase,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="ledger",
        verbose_name=_("refund case"),
    )
    payout = models.ForeignKey(
        Payout,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="ledger",
        verbose_name=_("payout"),
    )
    reference = models.CharField(
        _("reference"), max_length=60, blank=True, help_text=_("The bank's own, of a deposit.")
    )

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        ordering = ("-pk",)
        default_permissions = ("view",)
        permissions = [("book_deposit", _("Can book guarantee deposits"))]
        indexes = [models.Index(fields=["kind", "at"], name="ledger_entry_by_time")]
        constraints = [
            models.CheckConstraint(name="ledger_entry_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="ledger_entry_moves", condition=~Q(debit=F("credit"))),
            models.CheckConstraint(
                name="ledger_entry_has_its_cause",
                condition=Q(kind__in=("paid_in", "paid_back"), payout=None, case=None)
                & ~Q(reference="")
                | Q(
                    kind__in=("sent", "settled", "failed", "returned", "recovered", "restored"),
                    payout__isnull=False,
                    case__isnull=False,
                    store__isnull=False,
                ),
            ),
            models.UniqueConstraint("payout", "kind", name="ledger_entry_once_per_payout"),
            models.UniqueConstraint(
                "kind",
                "reference",
                condition=Q(payout=None),
                name="ledger_deposit_reference_once",
                violation_error_message=_("This reference was booked before."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.payout or self.reference}"
