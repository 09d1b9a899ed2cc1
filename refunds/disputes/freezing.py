"""Payouts stand still while a dispute or an appeal is undecided.

Every payout of the case is locked, also one that is in a batch: who builds or voids a batch at the
same moment comes before or after, so a payout is frozen or in a batch, never both.
"""

from collections.abc import Iterator

from refunds.models import Payout, RefundCase, Replacement, State


def freeze(case: RefundCase) -> None:
    """Hold back what waits for a batch. What is in one already is not touched."""
    for payout in _waiting(case):
        payout.frozen = True
        payout.save()


def thaw(case: RefundCase) -> None:
    """Let what was held back go into the next batch."""
    for payout in _waiting(case):
        if payout.frozen:
            payout.frozen = False
            payout.save()


def cancel(case: RefundCase) -> None:
    """Nothing was sent, and nothing will be."""
    for payout in _waiting(case):
        payout.cancel()
        payout.frozen = False
        payout.save()


def moved(case: RefundCase) -> bool:
    """Whether money or goods are on their way to the buyer, and cannot be called back here."""
    if case.state != State.REVIEWED:
        return True
    sent = Replacement.objects.filter(case=case, shipped_at__isnull=False)
    return any(payout.batch_id for payout in _live(case)) or sent.exists()


def _live(case: RefundCase) -> list[Payout]:
    rows = Payout.objects.select_for_update(of=("self",)).filter(case=case).order_by("pk")
    return [payout for payout in rows if payout.state not in Payout.OVER]


def _waiting(case: RefundCase) -> Iterator[Payout]:
    for payout in _live(case):
        if payout.state == Payout.State.QUEUED and payout.batch_id is None:
            yield payout
