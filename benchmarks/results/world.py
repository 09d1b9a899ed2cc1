"""What the ways are measured on, and what every one of them has to leave."""

from collections.abc import Collection
from itertools import chain

from backoffice.actors import INSTALLER, system
from backoffice.among import Among
from backoffice.audit.recording import recorded
from benchmarks.state import digest
from merchants.models import Merchant, Store
from refunds.models import LedgerEntry, Payout, RefundBatch, RefundCase, State


def make_store(code: str = "results") -> Store:
    """A store of its own."""
    with recorded(system(INSTALLER), "A benchmark."):
        merchant = Merchant.objects.create(code=code, name=code)
        return Store.objects.create(merchant=merchant, code=code, name=code)


def check_rows() -> None:
    """Per payout its versions and its two entries, per case its end, and no batch that waits."""
    payouts = Payout.objects.count()
    settled = Payout.objects.filter(state=Payout.State.SETTLED).count()
    assert RefundCase.objects.filter(state=State.REFUNDED).count() == settled > 0
    assert LedgerEntry.objects.count() == LedgerEntry.history.count() == 2 * payouts
    assert Payout.history.count() == 3 * payouts
    assert RefundCase.history.count() == 2 * payouts + settled
    assert not RefundBatch.objects.exclude(state=RefundBatch.State.RECONCILED).exists()


def state_of(batch_ids: Collection[int]) -> str:
    """What an import left of these batches: payouts, cases, entries, and every version of them."""
    payouts = Payout.objects.filter(Among("batch", batch_ids))
    ids, cases = (list(payouts.values_list(name, flat=True)) for name in ("pk", "case"))
    entries = LedgerEntry.objects.filter(Among("payout", ids))
    versions = ("state", "action", "history_number", "history_change_reason")
    return digest(
        chain(
            payouts.order_by("pk").values_list(
                "state", "amount", "bank_reason", "case__state", "case__version", "batch__state"
            ),
            entries.order_by("payout", "kind").values_list("kind", "amount", "debit__kind"),
            Payout.history.filter(Among("id", ids))
            .order_by("id", "history_number")
            .values_list(*versions),
            RefundCase.history.filter(Among("id", cases))
            .order_by("id", "history_number")
            .values_list(*versions),
        )
    )
