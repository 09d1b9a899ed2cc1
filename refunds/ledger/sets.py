"""The entries of many payouts of one store in one currency, written by the database itself."""

from django.db.models import Exists, F, OuterRef, QuerySet, Value

from backoffice import clock
from backoffice.audit.sets import insert_found
from merchants.models import Store
from refunds.ledger.accounts import Accounts
from refunds.models import Account, Compensation, LedgerEntry, Payout

Kind, Place = LedgerEntry.Kind, Account.Kind
PAID_AHEAD = Exists(
    Compensation.objects.filter(case=OuterRef("case"), type=Compensation.Type.ADVANCE)
)


class Postings:
    """The same entries that ``refunds.ledger.posting`` writes, where the payouts are a query.

    What the payouts are chosen by must not change meanwhile: they are asked for more than once.
    """

    def __init__(self, store: Store, currency: str) -> None:
        self.store, self.currency = store, currency
        self._accounts, self._at = Accounts(), clock.now()

    def settled(self, payouts: QuerySet[Payout]) -> None:
        """The money arrived; of an advance, the deposit makes good what the platform paid."""
        self._post(
            Kind.SETTLED, payouts, self._of_store(Place.CLEARING), self._of_store(Place.BUYER)
        )
        ahead = payouts.filter(PAID_AHEAD)
        if ahead.exists():
            self._post(Kind.RECOVERED, ahead, self._deposit(), self._platform())

    def failed(self, payouts: QuerySet[Payout]) -> None:
        """The bank refused: the money is where it came from."""
        clearing = self._of_store(Place.CLEARING)
        ahead, others = payouts.filter(PAID_AHEAD), payouts.filter(~PAID_AHEAD)
        if ahead.exists():
            self._post(Kind.FAILED, ahead, clearing, self._platform())
        if others.exists():
            self._post(Kind.FAILED, others, clearing, self._of_store(Place.STORE))

    def _post(self, kind: str, payouts: QuerySet[Payout], credit: Account, debit: Account) -> None:
        insert_found(
            LedgerEntry,
            payouts.order_by("pk"),
            {
                "at": Value(self._at),
                "kind": Value(kind),
                "credit": Value(credit.pk),
                "debit": Value(debit.pk),
                "amount": F("amount"),
                "currency": F("currency"),
                "store": Value(self.store.pk),
                "case": F("case"),
                "payout": F("pk"),
            },
            found=LedgerEntry.objects.filter(kind=kind, payout__in=payouts.values("pk")),
        )

    def _of_store(self, kind: str) -> Account:
        return self._accounts.of_store(kind, self.store.pk, self.currency)

    def _platform(self) -> Account:
        return self._accounts.platform(self.currency)

    def _deposit(self) -> Account:
        return self._accounts.deposit(self.store.merchant_id, self.currency)
