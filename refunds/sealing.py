"""What a batch's seal covers: how many payouts, how much in all, and every line of them."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from backoffice.money import ZERO
from backoffice.privacy.keys import clear_all
from refunds.models import Payout, RefundBatch


@dataclass(frozen=True)
class Seal:
    """Count, control total and SHA-256 of a list of payouts in one currency."""

    count: int
    total: Decimal
    sha256: str


def seal(payouts: Sequence[Payout]) -> Seal:
    """The seal of ``payouts``, whatever their order."""
    holders = clear_all([payout.payee for payout in payouts])
    lines = sorted(map(canonical, payouts, holders))
    text = "".join(f"{line}\n" for line in lines)
    return Seal(
        count=len(payouts),
        total=sum((payout.amount for payout in payouts), ZERO),
        sha256=hashlib.sha256(text.encode()).hexdigest(),
    )


def canonical(payout: Payout, holder: str) -> str:
    """One payout as the hash reads it: number, amount, currency, and how, where and to whom the money goes."""
    where = (payout.method, payout.channel, payout.destination, holder, payout.bank_code)
    parts = [payout.number, f"{payout.amount:.2f}", payout.currency, *where]
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":"))


def unbroken(batch: RefundBatch, payouts: Sequence[Payout]) -> bool:
    """Whether ``payouts`` are exactly what was sealed."""
    found = seal(payouts)
    sealed = Seal(batch.count, batch.total, batch.sha256)
    one_way = {(payout.currency, payout.method) for payout in payouts}
    return found == sealed and one_way == {(batch.currency, batch.method)}
