"""A batch of bank transfers as an order to the bank: whose money, to whom, under which numbers."""

from collections.abc import Iterable, Sequence

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from backoffice.exceptions import WrongState
from backoffice.privacy.keys import clear_all
from refunds.bankfiles.transfers import Order, Transfer, check_transfers
from refunds.models import Payout, RefundBatch


def order_of(batch: RefundBatch, payouts: Sequence[Payout], number: str) -> Order:
    """The order of a released batch; its moment is that of the release, whenever it is written.

    Raises ``WrongState`` for a batch that goes another way than by bank.
    """
    if batch.method != Payout.Method.BANK or batch.released_at is None:
        raise WrongState(
            _("A pain.001 holds bank transfers only. Hand this batch out as CSV or XLSX.")
        )
    released = localtime(batch.released_at)
    return Order(
        number=number,
        created=released,
        day=released.date(),
        debtor=batch.store.merchant.name,
        account=batch.account,
        transfers=[
            transfer_of(row, holder, f"Refund {row.case.number}, order {row.case.order.number}")
            for row, holder in with_holders(payouts)
        ],
    )


def with_holders(payouts: Sequence[Payout]) -> list[tuple[Payout, str]]:
    """Each payout with the name of its account's holder in clear, as the bank needs it."""
    return list(zip(payouts, clear_all([row.payee for row in payouts]), strict=True))


def transfer_of(payout: Payout, holder: str, text: str = "") -> Transfer:
    """The payout as the bank reads it: whose account it is, and the words that its buyer reads."""
    return Transfer(
        number=payout.number,
        amount=payout.amount,
        currency=payout.currency,
        payee=holder,
        account=payout.destination,
        bank_code=payout.bank_code,
        text=text,
    )


def check_before_sealing(account: str, payouts: Iterable[Payout]) -> None:
    """Raise ``BadInput`` when bank transfers lack what banks need: their payer, or one of them."""
    to_bank = [row for row in payouts if row.method == Payout.Method.BANK]
    check_transfers(account, [transfer_of(row, holder) for row, holder in with_holders(to_bank)])
