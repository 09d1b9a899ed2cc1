"""Files of requests and people at the same instant."""

import threading
from typing import Any

import pytest

from backoffice.actors import IMPORTER, system
from backoffice.bulk.runs import confirm
from backoffice.exceptions import BackofficeError
from refunds import caps
from refunds.models import CaseLine, RefundCase, RequestImport
from refunds.requests import loading
from tests.cast import make_cast
from tests.refunds.factories import make_case, make_order
from tests.refunds.requests.files import check, row, step, table
from tests.threads import at_once, unexpected

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_of_a_file_and_a_person_who_want_the_last_piece_one_gets_it() -> None:
    cast = make_cast()
    for n in range(4):
        order = make_order(cast.a, (1, "10.00"))
        run = confirm(check(cast.a, table(row(order, number=f"R{n}"))), actor=system(IMPORTER))
        results = at_once(lambda run=run: step(run), lambda o=order: make_case(o, cast.staff))
        assert unexpected(results, BackofficeError) == []
        assert CaseLine.objects.filter(order_line__order=order).count() == 1
        assert caps.balance(order).quantities == {order.lines.get().pk: 0}


def test_two_files_about_the_same_orders_in_opposite_order_wait_for_each_other() -> None:
    cast = make_cast()
    orders = [make_order(cast.a, (1, "10.00")) for _ in range(12)]
    first = table(*[row(order, number=f"A{n}") for n, order in enumerate(orders)])
    second = table(*[row(order, number=f"B{n}") for n, order in enumerate(reversed(orders))])
    runs = [confirm(check(cast.a, content), actor=system(IMPORTER)) for content in (first, second)]
    assert unexpected(at_once(*[lambda run=run: step(run) for run in runs])) == []
    states = sorted(RequestImport.objects.values_list("state", flat=True))
    assert states == ["applied", "refused"]
    assert RefundCase.objects.count() == 12


def test_two_files_with_the_same_request_open_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    cast = make_cast()
    one, other = make_order(cast.a), make_order(cast.a)
    runs = [
        confirm(check(cast.a, table(row(order))), actor=system(IMPORTER)) for order in (one, other)
    ]
    whole, both = loading.open_set, threading.Barrier(2)

    def together(*args: Any) -> Any:
        both.wait(10)  # each has seen that the number is free
        return whole(*args)

    monkeypatch.setattr(loading, "open_set", together)
    assert unexpected(at_once(*[lambda run=run: step(run) for run in runs])) == []
    assert RefundCase.objects.count() == 1
    assert sorted(RequestImport.objects.values_list("state", flat=True)) == ["applied", "refused"]
