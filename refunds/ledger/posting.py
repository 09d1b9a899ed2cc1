"""What moves in the ledger when a payout is sent, arrives, or comes back.

Called inside the frame of whoever moved the payouts, which are locked. What is paid in advance comes
out of the platform's money, and is recovered from the merchant's deposit once it arrived.
"""

from collections.abc import Callable, Iterable, Sequence

from backoffice import clock
from backoffice.audit.bulk import create_many
from refunds.ledger.accounts import Accounts
from refunds.models import Account, Compensation, LedgerEntry, Payout, RefundCase

Kind, Place = LedgerEntry.Kind, Account.Kind
Sides = tuple[Account, Account]
ADVANCE = Compensation.Type.ADVANCE


def sent(payouts: Sequence[Payout]) -> None:
    """The money is on its way: it left the store – or, paid in advance, the platform."""
    _post(Kind.SENT, payouts, lambda money: (money.source, money.clearing))


def settled(payouts: Sequence[Payout]) -> None:
    """The money arrived; of an advance, the deposit makes good what the platform paid."""
    _post(Kind.SETTLED, payouts, lambda money: (money.clearing, money.buyer))
    paid_ahead = _advances(payouts)
    _post(
        Kind.RECOVERED,
        [payout for payout in payouts if payout.case_id in paid_ahead],
        lambda money: (money.deposit, money.platform),
    )


def returned(payouts: Sequence[Payout]) -> None:
    """The money came back after it had arrived; of an advance, the deposit gets back what it gave."""
    _post(Kind.RETURNED, payouts, lambda money: (money.buyer, money.source))
    paid_ahead = _advances(payouts)
    _post(
        Kind.RESTORED,
        [payout for payout in payouts if payout.case_id in paid_ahead],
        lambda money: (money.platform, money.deposit),
    )


def failed(payouts: Sequence[Payout]) -> None:
    """The bank refused: the money is where it came from."""
    _post(Kind.FAILED, payouts, lambda money: (money.clearing, money.source))


class Money:
    """The accounts that one payout moves between."""

    def __init__(self, case: RefundCase, currency: str, accounts: Accounts, *, ahead: bool) -> None:
        self._case, self._currency, self._accounts, self._ahead = case, currency, accounts, ahead

    @property
    def source(self) -> Account:
        """Whose money is paid."""
        return self.platform if self._ahead else self._of_store(Place.STORE)

    @property
    def clearing(self) -> Account:
        """Between us and the bank."""
        return self._of_store(Place.CLEARING)

    @property
    def buyer(self) -> Account:
        """With the store's buyers."""
        return self._of_store(Place.BUYER)

    @property
    def platform(self) -> Account:
        """The platform's own."""
        return self._accounts.platform(self._currency)

    @property
    def deposit(self) -> Account:
        """What the merchant left as a guarantee."""
        return self._accounts.deposit(self._case.store.merchant_id, self._currency)

    def _of_store(self, kind: str) -> Account:
        return self._accounts.of_store(kind, self._case.store_id, self._currency)


def _post(kind: str, payouts: Sequence[Payout], sides: Callable[[Money], Sides]) -> None:
    """One entry per payout, in a handful of statements."""
    accounts, ahead, at = Accounts(), _advances(payouts), clock.now()
    cases = RefundCase.objects.select_related("store").in_bulk({p.case_id for p in payouts})
    entries = []
    for payout in payouts:
        case = cases[payout.case_id]
        money = Money(case, payout.currency, accounts, ahead=case.pk in ahead)
        credit, debit = sides(money)
        entries.append(
            LedgerEntry(
                at=at,
                kind=kind,
                credit=credit,
                debit=debit,
                amount=payout.amount,
                currency=payout.currency,
                store_id=case.store_id,
                case=case,
                payout=payout,
            )
        )
    create_many(entries)


def _advances(payouts: Iterable[Payout]) -> set[int]:
    """The cases among them that the platform pays in the merchant's place."""
    cases = {payout.case_id for payout in payouts}
    rows = Compensation.objects.filter(case__in=cases, type=ADVANCE)
    return set(rows.values_list("case", flat=True))
