"""What the ways are measured on, and what every one of them has to leave."""

from backoffice.actors import INSTALLER, system
from backoffice.audit.recording import recorded
from merchants.models import Merchant, Store
from refunds.models import LedgerEntry, Payout, RefundBatch, RefundCase, State


def make_store() -> Store:
    """A store of its own."""
    with recorded(system(INSTALLER), "A benchmark."):
        merchant = Merchant.objects.create(code="results", name="Results")
        return Store.objects.create(merchant=merchant, code="results", name="Results")


def check_rows() -> None:
    """Per payout its versions and its two entries, per case its end, and no batch that waits."""
    payouts = Payout.objects.count()
    settled = Payout.objects.filter(state=Payout.State.SETTLED).count()
    assert RefundCase.objects.filter(state=State.REFUNDED).count() == settled > 0
    assert LedgerEntry.objects.count() == LedgerEntry.history.count() == 2 * payouts
    assert Payout.history.count() == 3 * payouts
    assert RefundCase.history.count() == 2 * payouts + settled
    assert not RefundBatch.objects.exclude(state=RefundBatch.State.RECONCILED).exists()
