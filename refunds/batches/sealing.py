"""What a batch's seal covers: how many payouts, how much in all, and every line of them."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from backoffice.money import ZERO
from refunds.models import Payout, RefundBatch
from refunds.payouts.buyers_accounts import BuyersAccount, accounts_of


@dataclass(frozen=True)
class Seal:
    """Count, control total and SHA-256 of a list of payouts in one currency."""

    count: int
    total: Decimal
    sha256: str


def seal(payouts: Sequence[Payout]) -> Seal:
    """The seal of ``payouts``, whatever their order."""
    lines = sorted(map(canonical, payouts, accounts_of(payouts)))
    text = "".join(f"{line}\n" for line in lines)
    return Seal(
        count=len(payouts),
        total=sum((payout.amount for payout in payouts), ZERO),
        sha256=hashlib.sha256(text.encode()).hexdigest(),
    )


def canonical(payout: Payout, where: BuyersAccount) -> str:
    """One payout as the hash reads it: number, amount, currency, and how, where and to whom the money goes."""
    money = (payout.number, f"{payout.amount:.2f}", payout.currency)
    parts = [*money, payout.method, payout.channel, *where]
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":"))


def unbroken(batch: RefundBatch, payouts: Sequence[Payout]) -> bool:
    """Whether ``payouts`` are exactly what was sealed."""
    found = seal(payouts)
    sealed = Seal(batch.count, batch.total, batch.sha256)
    one_way = {(payout.currency, payout.method) for payout in payouts}
    return found == sealed and one_way == {(batch.currency, batch.method)}
