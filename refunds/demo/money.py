"""What finance did with the demo's payouts: one batch answered by the bank, one waiting for release."""

from datetime import datetime, timedelta
from decimal import Decimal
from io import BytesIO

from backoffice import stepup
from backoffice.actors import person
from backoffice.bulk.jobs import carry_on
from backoffice.models import User
from merchants.models import Merchant, Store
from refunds import batches, exports, payouts, releasing, results
from refunds.demo.people import PASSWORD
from refunds.demo.time import happening
from refunds.ledger import deposits
from refunds.models import RefundBatch

ANSWERED, WAITING = 4, 2  # payouts in each of the two batches
DEPOSIT = Decimal(50_000)
CLOSED = "Account of the buyer is closed"


def leave_deposits(people: dict[str, User], now: datetime) -> None:
    """Each merchant leaves a guarantee deposit with the platform."""
    with happening(now - timedelta(days=30)):
        for merchant in Merchant.objects.order_by("pk"):
            deposits.book(
                merchant_id=merchant.pk,
                kind="paid_in",
                amount=DEPOSIT,
                currency="CNY",
                reference=f"DEP-{merchant.code.upper()}",
                actor=person(people["platform"]),
            )


def move_money(store: Store, people: dict[str, User], now: datetime) -> None:
    """Send a first batch to the bank and read its answer; seal a second one."""
    with happening(now - timedelta(hours=20)):
        batch = _build(store, people["finance"], ANSWERED)
    with happening(now - timedelta(hours=18)):
        _release(batch, people["checker"])
    with happening(now - timedelta(hours=17)):
        exports.export(batch_id=batch.pk, actor=person(people["finance"]), file_format="csv")
    with happening(now - timedelta(hours=3)):
        _answer(batch, people["finance"])
    with happening(now - timedelta(hours=2)):
        _build(store, people["finance"], WAITING)


def _build(store: Store, maker: User, count: int) -> RefundBatch:
    queued = batches.queued(batches.lane_of(store, store.currency, "", ""))
    chosen = list(queued.values_list("pk", flat=True)[:count])
    return batches.build(
        store_id=store.pk, currency=store.currency, actor=person(maker), payout_ids=chosen
    )


def _release(batch: RefundBatch, checker: User) -> None:
    proof = stepup.prove(checker, PASSWORD)
    releasing.release(batch_id=batch.pk, sha256=batch.sha256, proof=proof, actor=person(checker))


def _answer(batch: RefundBatch, finance: User) -> None:
    """The bank settles all but the last two; those fail, and one of them is queued again."""
    rows = list(batch.payouts.order_by("pk"))
    lines = ["number,amount,currency,status,reason"]
    for n, payout in enumerate(rows):
        status, reason = ("failed", CLOSED) if n >= len(rows) - 2 else ("settled", "")
        lines.append(f"{payout.number},{payout.amount},{payout.currency},{status},{reason}")
    actor, file = person(finance), BytesIO("\n".join(lines).encode())
    run = results.bring_result(batch_id=batch.pk, file=file, name="bank-answer.csv", actor=actor)
    carry_on(run)
    results.confirm_result(run_id=run.pk, actor=actor)
    run = type(run).objects.get(pk=run.pk)
    carry_on(run)
    payouts.retry(payout_id=rows[-1].pk, actor=actor)
