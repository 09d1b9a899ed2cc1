"""A batch of bank transfers as an order to the bank: whose money, to whom, under which numbers."""

from collections.abc import Iterable, Sequence

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from backoffice.exceptions import WrongState
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
            transfer_of(row, f"Refund {row.case.number}, order {row.case.order.number}")
            for row in payouts
        ],
    )


def transfer_of(payout: Payout, text: str = "") -> Transfer:
    """The payout as the bank reads it, with the words that its buyer reads."""
    return Transfer(
        number=payout.number,
        amount=payout.amount,
        currency=payout.currency,
        payee=payout.payee,
        account=payout.destination,
        bank_code=payout.bank_code,
        text=text,
    )


def check_before_sealing(account: str, payouts: Iterable[Payout]) -> None:
    """Raise ``BadInput`` when bank transfers lack what banks need: their payer, or one of them."""
    transfers = [transfer_of(row) for row in payouts if row.method == Payout.Method.BANK]
    check_transfers(account, transfers)
