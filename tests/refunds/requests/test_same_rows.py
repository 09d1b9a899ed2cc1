"""A file of requests leaves the rows that opening them one by one leaves, in every table, history included."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.db import transaction

from backoffice.actors import INSTALLER, Source, person, system
from backoffice.audit.recording import recorded
from backoffice.clock import now
from backoffice.exceptions import BackofficeError
from backoffice.requests import new_request_id
from orders.models import Order
from refunds.intake import LineRequest, Request, open_case
from refunds.models import RefundCase, RefundPolicy
from refunds.requests import loading
from tests.cast import Cast
from tests.personal import plain
from tests.refunds.factories import make_case, make_order
from tests.refunds.requests.files import check, load, problems, row, table
from tests.refunds.sweep.test_same_rows import differences

NEW = {"id", "number", "history_id", "case_id"}
FILES = ("requestimport", "requestproblem")


def every_situation(cast: Cast) -> tuple[list[list[str]], list[tuple[Order, Request]]]:
    """Rows of a file, and the same requests as a person would have them opened."""
    a, at = cast.a, now().replace(microsecond=0)
    plain, two = make_order(a, (3, "10.00")), make_order(a, (2, "10.00"), (3, "0.33"))
    shipped = make_order(a, (2, "19.99"), shipped=at)
    received = make_order(a, (1, "80.00"), shipped=at, delivered=at)
    shared, taken = make_order(a, (2, "7.00")), make_order(a, (2, "5.00"))
    make_case(taken, cast.staff, external_number="X1")
    same_buyer = make_order(a, (1, "3.00"))
    with recorded(system(INSTALLER), "For a test."):
        same_buyer.buyer = plain.buyer
        same_buyer.save()
        RefundPolicy.objects.create(
            store=a, kind="refund_only", stage="shipped", valid_from=at - timedelta(days=1),
            review_hours=30, channel_hours=36, auto_ceiling=500,
        )  # fmt: skip
    asked = at - timedelta(hours=5)
    local = (asked + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M:%S")
    due = at + timedelta(days=2)
    deadline = (due + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M:%S")

    def lines(order: Order, *counts: int, amount: str | None = None) -> list[LineRequest]:
        pairs = zip(order.lines.all(), counts, strict=True)
        each = None if amount is None else Decimal(amount)
        return [LineRequest(line.pk, count, each) for line, count in pairs if count]

    def asks(order: Order, number: str, *counts: int, **more: Any) -> tuple[Order, Request]:
        amount = more.pop("amount", None)
        request = Request(
            kind=more.pop("kind", "refund_only"),
            reason_code=more.pop("reason", "C01"),
            lines=lines(order, *counts, amount=amount),
            external_number=number,
            **more,
        )
        return order, request

    rows = [
        row(plain, number="R1"),
        row(plain, number="R2", text="It broke."),
        row(plain, number="R3", quantity="2"),  # one piece is left
        row(two, number="R4", quantity="2", freight="4.00"),
        row(two, number="R4", sku="SKU-2", quantity="3"),
        row(shipped, number="R5", asked_at=local, amount="15.00"),
        row(shipped, number="R6", kind="return_refund", due_at=deadline, reason="C05"),
        row(received, number="R7", reason="Q01", text="Cracked."),
        row(shared, number="R8", kind="exchange", reason="C05"),
        row(shared, number="R9"),
        row(shared, number="R10"),  # of two pieces one is exchanged, one refunded
        row(taken, number="R11", quantity="2"),
        row(taken, number="R12", sku="", quantity="", freight="10.00"),
        row(same_buyer, number="R13"),
        row(plain, number="R14", reason="O01"),
        row(plain, number="R15", reason="S01", kind="return_refund"),
        row(plain, number="R16", amount="0.001"),
    ]
    requests = [
        asks(plain, "R1", 1),
        asks(plain, "R2", 1, reason_text="It broke."),
        asks(plain, "R3", 2),
        asks(two, "R4", 2, 3, freight=Decimal(4)),
        asks(shipped, "R5", 1, asked_at=asked, amount="15.00"),
        asks(shipped, "R6", 1, kind="return_refund", channel_due_at=due, reason="C05"),
        asks(received, "R7", 1, reason="Q01", reason_text="Cracked."),
        asks(shared, "R8", 1, kind="exchange", reason="C05"),
        asks(shared, "R9", 1),
        asks(shared, "R10", 1),
        asks(taken, "R11", 2),
        asks(taken, "R12", 0, freight=Decimal(10)),
        asks(same_buyer, "R13", 1),
        asks(plain, "R14", 1, reason="O01"),
        asks(plain, "R15", 1, reason="S01", kind="return_refund"),
        asks(plain, "R16", 1, amount="0.001"),
    ]
    return rows, requests


def everything_but_names() -> dict[str, list[str]]:
    """Every row of refunds and its history; without the ids and numbers of rows that are new."""
    found = {}
    for model in apps.get_app_config("refunds").get_models():
        if not model._meta.model_name.endswith(FILES):
            names = [f.attname for f in model._meta.concrete_fields if f.attname not in NEW]
            rows = model._base_manager.values_list(*names)
            found[model._meta.db_table] = sorted(str([plain(v) for v in row]) for row in rows)
    return found


def after(way: Callable[[], Any]) -> tuple[Any, dict[str, list[str]]]:
    """What ``way`` gave, and all rows after it; then it never happened."""
    with transaction.atomic():
        result, rows = way(), everything_but_names()
        transaction.set_rollback(True)
    return result, rows


def one_by_one(cast: Cast, requests: list[tuple[Order, Request]]) -> dict[str, str]:
    """Open each; gives the sentences of those that were refused, by their numbers."""
    refused = {}
    for order, request in requests:
        try:
            with transaction.atomic():
                open_case(
                    order_id=order.pk, actor=person(cast.manager, Source.IMPORT), request=request
                )
        except BackofficeError as refusal:
            refused[request.external_number] = str(refusal)
    return refused


@pytest.mark.parametrize("page", [1_000, 1, 3])
def test_a_file_leaves_the_rows_that_opening_one_by_one_leaves(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(loading, "PAGE", page)
    rows, requests = every_situation(cast)
    new_request_id()  # the same for both
    with time_machine.travel(now(), tick=False):
        refused, alone = after(lambda: one_by_one(cast, requests))
        run, together = after(lambda: _loaded(cast, rows))
    told = {rows[number - 2][0]: sentence for number, _field, sentence in run}
    assert told == refused
    assert set(refused) == {"R3", "R10", "R11", "R14", "R15", "R16"}
    for name, expected in alone.items():
        assert differences(together[name], expected) == [], name
    cases = together["refunds_historicalrefundcase"]
    assert any("It broke." in case for case in cases)
    assert sum("'request'" in case for case in cases) == len(requests) - len(refused) + 1


def _loaded(cast: Cast, rows: list[list[str]]) -> list[tuple[int, str, str]]:
    run = load(cast.a, table(*rows), actor=person(cast.manager))
    assert run.state == "applied", run.message
    return problems(run)


def test_the_check_says_what_applying_does_and_writes_nothing(cast: Cast) -> None:
    rows, _requests = every_situation(cast)
    before = everything_but_names()
    run = check(cast.a, table(*rows))
    assert everything_but_names() == before
    assert run.counts["cases"] == 10
    assert run.counts["rows"] == run.counts["used"] + run.counts["problems"] == 17
    assert RefundCase.objects.count() == 1
