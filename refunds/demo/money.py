"""What finance did with the demo's payouts: a batch in nearly every state, and every way to pay."""

from datetime import datetime, timedelta
from decimal import Decimal
from io import BytesIO

from backoffice import stepup
from backoffice.actors import person
from backoffice.bulk.jobs import carry_on
from backoffice.models import User
from merchants.models import Merchant, Store
from orders.models import Order
from refunds import results
from refunds.batches import building, files, releasing
from refunds.batches.handed_out import opened
from refunds.demo.bank import Bank
from refunds.demo.people import PASSWORD
from refunds.demo.pictures import picture
from refunds.demo.time import happening
from refunds.intake import LineRequest, Request, open_case
from refunds.ledger import deposits
from refunds.models import Payout, RefundBatch
from refunds.payouts import queueing
from refunds.payouts.routes import Way
from refunds.workflow import perform

ANSWERED, WAITING = 4, 2  # payouts in each of the two batches
DEPOSIT = Decimal(50_000)
CLOSED = "Account of the buyer is closed"
ACCOUNT = Way("bank", "6222020200041234", "Lin Mei", "102290000016")
DEAR = "五块地毯都有明显色差，附照片。"


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
        batch = build(store, people["finance"], ANSWERED)
    with happening(now - timedelta(hours=18)):
        release(batch, people["checker"])
    with happening(now - timedelta(hours=17)):
        files.export(batch_id=batch.pk, actor=person(people["finance"]), file_format="csv")
    with happening(now - timedelta(hours=3)):
        _answer(batch, people["finance"])
    with happening(now - timedelta(hours=2)):
        build(store, people["finance"], WAITING)
    with happening(now - timedelta(hours=1)):
        _one_of_each(store, people)


def _one_of_each(store: Store, people: dict[str, User]) -> None:
    """A batch that is released, one that is a draft, one that is void, and two other ways to pay.

    Of those by bank one is released, to be handed out as pain.001, and one was acknowledged by the bank.
    """
    finance, checker = people["finance"], people["checker"]
    release(build(store, finance, 1), checker)
    void = build(store, finance, 1)
    building.void(batch_id=void.pk, actor=person(checker), note="Built twice by mistake.")
    build(store, finance, 1, draft=True)
    as_credit, taken, by_bank = _waiting(store)[:3]
    _send(as_credit, Way("credit"), "The buyer prefers store credit.", finance)
    release(build(store, finance, 1, method="credit"), checker)
    for payout in (taken, by_bank):
        _send(payout, ACCOUNT, "The buyer's card was replaced.", finance)
        batch = build(store, finance, 1, method="bank")
        release(batch, checker)
        if payout == taken:
            _acknowledged(batch, finance)


def _acknowledged(batch: RefundBatch, finance: User) -> None:
    """The bank has taken the order of the batch, and paid nothing yet."""
    kept = files.export(batch_id=batch.pk, actor=person(finance), file_format="xml")
    _bring_file(batch, finance, Bank(opened(kept)).acknowledge(), "bank-status.xml")


def sign_once(order: Order, people: dict[str, User], now: datetime) -> None:
    """A large refund is in a batch of its own: one person has signed it, and a second one has to."""
    with happening(now - timedelta(hours=9)):
        line = order.lines.get()
        asked = Request(
            "refund_only", "Q01", [LineRequest(line.pk, line.quantity)], reason_text=DEAR
        )
        case = open_case(order_id=order.pk, actor=person(people["staff"]), request=asked)
    with happening(now - timedelta(hours=8)):
        photo = picture("开箱照片 unboxing.png", order.pk)
        staff = person(people["staff"])
        perform("attach", case_id=case.pk, actor=staff, party="buyer", file=photo)
        perform("approve", case_id=case.pk, actor=person(people["manager"]))
    with happening(now - timedelta(hours=2)):
        batch = building.build(
            store_id=order.store_id,
            currency=order.currency,
            actor=person(people["finance"]),
            payout_ids=list(case.payouts.values_list("pk", flat=True)),
        )
    with happening(now - timedelta(hours=1)):
        release(batch, people["checker"])


def _send(payout: Payout, way: Way, note: str, finance: User) -> None:
    queueing.redirect(payout_id=payout.pk, way=way, note=note, actor=person(finance))


def _waiting(store: Store, method: str = "") -> list[Payout]:
    return list(building.queued(building.lane_of(store, store.currency, method, "")))


def build(
    store: Store, maker: User, count: int, *, method: str = "", draft: bool = False
) -> RefundBatch:
    """A batch of the ``count`` payouts of the store that have waited longest."""
    chosen = [payout.pk for payout in _waiting(store, method)[:count]]
    return building.build(
        store_id=store.pk,
        currency=store.currency,
        method=method,
        actor=person(maker),
        payout_ids=chosen,
        draft=draft,
    )


def release(batch: RefundBatch, checker: User) -> None:
    """Sign the batch as ``checker``, who shows who they are."""
    proof = stepup.prove(checker, PASSWORD)
    releasing.release(batch_id=batch.pk, sha256=batch.sha256, proof=proof, actor=person(checker))


def _answer(batch: RefundBatch, finance: User) -> None:
    """The bank settles all but the last two; those fail, and one of them is queued again."""
    rows = list(batch.payouts.order_by("pk"))
    _bring(batch, finance, failed={row.pk for row in rows[-2:]})
    queueing.retry(payout_id=rows[-1].pk, actor=person(finance))


def answered(batch: RefundBatch, finance: User, at: datetime) -> None:
    """The bank settles all of a batch."""
    with happening(at):
        _bring(batch, finance, failed=set())


def _bring(batch: RefundBatch, finance: User, *, failed: set[int]) -> None:
    lines = ["number,amount,currency,status,reason"]
    for row in batch.payouts.order_by("pk"):
        status, reason = ("failed", CLOSED) if row.pk in failed else ("settled", "")
        lines.append(f"{row.number},{row.amount},{row.currency},{status},{reason}")
    _bring_file(batch, finance, "\n".join(lines).encode(), "bank-answer.csv")


def _bring_file(batch: RefundBatch, finance: User, content: bytes, name: str) -> None:
    """Bring the bank's file, look at it and have it applied."""
    actor, file = person(finance), BytesIO(content)
    run = results.bring_result(batch_id=batch.pk, file=file, name=name, actor=actor)
    carry_on(run)
    results.confirm_result(run_id=run.pk, actor=actor)
    run = type(run).objects.get(pk=run.pk)
    carry_on(run)
