"""A file of the demo's bank that does not fit: it waits in quarantine for finance to find out why."""

from datetime import datetime, timedelta
from io import BytesIO

from backoffice.actors import person
from backoffice.bulk.jobs import carry_on
from backoffice.models import User
from merchants.models import Store
from refunds import results
from refunds.demo.time import happening
from refunds.models import Payout, RefundBatch

HEADER = "number,amount,currency,status,reason"


def bring_what_does_not_fit(store: Store, people: dict[str, User], now: datetime) -> None:
    """A fee taken off one amount, one payout twice, and one that nobody knows."""
    answered = RefundBatch.objects.filter(store=store, state=RefundBatch.State.RECONCILED)
    first, second = answered.order_by("pk")[0].payouts.order_by("pk")[:2]
    lines = [
        HEADER,
        f"{first.number},{first.amount - 1},{first.currency},settled,",
        _settled(second),
        _settled(second),
        f"PO-00000-00000,88.00,{first.currency},failed,Account closed",
    ]
    with happening(now - timedelta(hours=1)):
        run = results.bring_result(
            store_id=store.pk,
            file=BytesIO("\n".join(lines).encode()),
            name="bank-other-day.csv",
            actor=person(people["finance"]),
        )
        carry_on(run)


def _settled(payout: Payout) -> str:
    return f"{payout.number},{payout.amount},{payout.currency},settled,"
