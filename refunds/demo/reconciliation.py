"""Two days of the demo's money: yesterday explained, signed and closed; today with what differs."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

from backoffice.actors import IMPORTER, person, system
from backoffice.audit.recording import recorded
from backoffice.bulk.jobs import carry_on
from backoffice.bulk.runs import confirm
from backoffice.models import User
from merchants.models import Store
from orders.models import Order
from refunds.batches import building, files
from refunds.demo.money import answered, release
from refunds.demo.time import happening
from refunds.intake import LineRequest, Request, open_case
from refunds.models import (
    Difference,
    Kind,
    Payout,
    RefundBatch,
    RefundCase,
    StatementImport,
)
from refunds.reconciliation import closing, days, handling, statements
from refunds.workflow import perform

HEADER = "number,amount,currency,booked_on,direction,bank_reference,reason,returned"
WORDS = ("拍错了规格。", "两件有一件用不上。", "Ordered twice by mistake.", "尺寸不合适，已拆封。")
FEE = "银行每月账户管理费，见回单第二页。The bank's monthly charge, page 2 of its advice."
LOST = "The bank has not answered."
Line = tuple[Any, ...]


def tell(store: Store, orders: Sequence[Order], people: dict[str, User], now: datetime) -> None:
    """Pay seven refunds: four yesterday, of which one comes back, two today, and one that got lost."""
    today = days.today(store, now)
    begins, _ends = days.bounds(store, today)
    noon = begins - timedelta(hours=12)
    free = [order for order in orders if not order.cases.exists()]
    payouts = [
        _approved(order, people["staff"], noon - timedelta(hours=30), WORDS[n % len(WORDS)])
        for n, order in enumerate(free[-7:])
    ]
    lost, *paid = payouts
    _send(store, people, [lost], noon - timedelta(hours=24))
    _lose(lost, noon - timedelta(hours=20))
    answered(_send(store, people, paid[:4], noon - timedelta(hours=20)), people["finance"], noon)
    late = max(begins, now - timedelta(hours=2))
    answered(_send(store, people, paid[4:], noon), people["finance"], late)
    _yesterday(store, people, paid[3], now)
    _today(store, people, paid, now)


def _approved(order: Order, staff: User, at: datetime, words: str) -> Payout:
    request = Request(
        kind=Kind.REFUND_ONLY,
        reason_code="C02",
        lines=[LineRequest(order.lines.all()[0].pk, 1)],
        reason_text=words,
    )
    with happening(at):
        case = open_case(order_id=order.pk, actor=person(staff), request=request)
    if RefundCase.objects.get(pk=case.pk).state == "requested":  # no rule decided it at once
        with happening(at + timedelta(hours=1)):
            perform("approve", case_id=case.pk, actor=person(staff))
    return Payout.objects.get(case=case)


def _send(
    store: Store, people: dict[str, User], payouts: Sequence[Payout], at: datetime
) -> RefundBatch:
    with happening(at):
        batch = building.build(
            store_id=store.pk,
            currency=store.currency,
            actor=person(people["finance"]),
            payout_ids=[payout.pk for payout in payouts],
        )
    with happening(at + timedelta(hours=1)):
        release(batch, people["checker"])
        files.export(batch_id=batch.pk, actor=person(people["finance"]), file_format="csv")
    return RefundBatch.objects.get(pk=batch.pk)


def _lose(payout: Payout, at: datetime) -> None:
    with happening(at), recorded(system(IMPORTER), LOST):
        payout = Payout.objects.get(pk=payout.pk)
        payout.lose_track()
        payout.save()


def _yesterday(store: Store, people: dict[str, User], bounced: Payout, now: datetime) -> None:
    """The bank books all of it and a charge, and sends one refund back; the charge is explained."""
    begins, _ends = days.bounds(store, days.today(store, now))
    settled = Payout.objects.filter(
        batch__store=store, settled_at__lt=begins, settled_at__gte=begins - timedelta(days=1)
    )
    day = days.today(store, begins - timedelta(hours=1)).isoformat()
    rows: list[Line] = [_out(payout, day) for payout in settled.order_by("pk")]
    rows.append((*_out(bounced, day)[:4], "in", "RET-0001", "账户已销户 Account closed", "yes"))
    rows.append(("", "12.00", store.currency, day, "out", "FEE-0001", "Account charge", ""))
    morning = min(now, begins + timedelta(minutes=20))
    _load(store, people["finance"], rows, "statement-yesterday.csv", morning)
    (fee,) = Difference.objects.filter(day__store=store, state="open")
    finance, checker = person(people["finance"]), person(people["checker"])
    with happening(morning):
        handling.explain(difference_id=fee.pk, code="fee", text=FEE, actor=finance)
        handling.sign(difference_id=fee.pk, actor=checker)
    if not closing.hindrance(fee.day):  # ten minutes after midnight it is too early
        closing.close(day_id=fee.day_id, actor=checker)


def _today(store: Store, people: dict[str, User], paid: Sequence[Payout], now: datetime) -> None:
    """The bank's list of this morning: one amount differs, one refund was booked twice."""
    day = days.today(store, now).isoformat()
    less = paid[4].amount - Decimal("1.00")
    rows: list[Line] = [
        (paid[4].number, less, paid[4].currency, day, "out", "BK-2001", "", ""),
        (paid[0].number, paid[0].amount, paid[0].currency, day, "out", "BK-2002", "", ""),
    ]
    _load(store, people["finance"], rows, "statement-today.csv", now)


def _out(payout: Payout, day: str) -> Line:
    number = payout.number
    return (number, payout.amount, payout.currency, day, "out", f"BK-{number[3:8]}", "", "")


def _load(store: Store, finance: User, rows: Sequence[Line], name: str, at: datetime) -> None:
    text = "\n".join([HEADER, *(",".join(map(str, row)) for row in rows)])
    with happening(at):
        run = statements.bring_statement(
            store_id=store.pk, file=BytesIO(text.encode()), name=name, actor=person(finance)
        )
        carry_on(run)
        confirm(StatementImport.objects.get(pk=run.pk), actor=person(finance))
        carry_on(StatementImport.objects.get(pk=run.pk))
