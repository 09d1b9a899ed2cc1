"""A batch of bank transfers as an order to the bank: whose money, to whom, under which numbers."""

from collections.abc import Iterable, Sequence

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from backoffice.exceptions import WrongState
from refunds.bankfiles.transfers import Order, Transfer, check_transfers
from refunds.models import Payout, RefundBatch
from refunds.payouts.buyers_accounts import BuyersAccount, accounts_of


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
            transfer_of(row, where, f"Refund {row.case.number}, order {row.case.order.number}")
            for row, where in zip(payouts, accounts_of(payouts), strict=True)
        ],
    )


def transfer_of(payout: Payout, where: BuyersAccount, text: str = "") -> Transfer:
    """The payout as the bank reads it: which account it goes to, and the words that its buyer reads."""
    return Transfer(
        number=payout.number,
        amount=payout.amount,
        currency=payout.currency,
        payee=where.holder,
        account=where.number,
        bank_code=where.bank_code,
        text=text,
    )


def check_before_sealing(account: str, payouts: Iterable[Payout]) -> None:
    """Raise ``BadInput`` when bank transfers lack what banks need: their payer, or one of them."""
    to_bank = [row for row in payouts if row.method == Payout.Method.BANK]
    check_transfers(
        account,
        [transfer_of(row, where) for row, where in zip(to_bank, accounts_of(to_bank), strict=True)],
    )
