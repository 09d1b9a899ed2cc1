"""The last piece, wanted by two at the same instant: on real locks it is promised once."""

from collections.abc import Callable
from typing import Any

import pytest

from backoffice.actors import person
from backoffice.audit.recording import recorded
from backoffice.exceptions import BackofficeError, WrongState
from orders.models import Stock
from orders.stock import OutOfStock
from refunds.models import Kind, RefundCase, Replacement, State
from refunds.workflow import perform
from tests.cast import Cast, make_cast
from tests.flushing import unguarded
from tests.refunds.factories import fetch, make_stock
from tests.refunds.goods import do, inspecting, make_return
from tests.threads import at_once, unexpected

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
ROUNDS = 10


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """The cast, committed, so that other connections see it."""
    return make_cast()


def race(*jobs: Callable[[], Any]) -> list[Any]:
    """``at_once``, where nothing but a refusal may go wrong."""
    results = at_once(*jobs)
    assert unexpected(results, BackofficeError) == []
    return results


def acting(cast: Cast, case: RefundCase, action: str, **details: Any) -> Callable[[], Any]:
    """A job: somebody of store A does ``action``."""
    return lambda: perform(action, case_id=case.pk, actor=person(cast.staff), **details)


def test_two_exchanges_race_for_the_last_piece(cast: Cast) -> None:
    stock = make_stock(cast.a, pieces=0)
    for _ in range(ROUNDS):
        put(cast, stock, 1)
        cases = [make_return(cast, (1, "50.00"), kind=Kind.EXCHANGE) for _ in range(2)]
        results = race(*(acting(cast, case, "approve") for case in cases))
        assert sorted(type(r) is OutOfStock for r in results) == [False, True]
        promised = Replacement.objects.filter(case__in=cases, cancelled_at=None)
        assert (promised.count(), left(stock)) == (1, 0)


def test_articles_taken_in_another_order_never_wait_for_each_other(cast: Cast) -> None:
    stocks = [make_stock(cast.a, sku, ROUNDS * 2) for sku in ("SKU-1", "SKU-2")]
    for _ in range(ROUNDS):
        cases = [
            make_return(cast, (1, "50.00"), (1, "20.00"), kind=Kind.EXCHANGE) for _ in range(2)
        ]
        assert all(
            isinstance(r, RefundCase) for r in race(*(acting(cast, c, "approve") for c in cases))
        )
    assert [left(stock) for stock in stocks] == [0, 0]


def test_two_inspections_at_once_restock_once(cast: Cast) -> None:
    for n in range(1, ROUNDS + 1):
        case = inspecting(cast, (1, "50.00"))
        results = race(*[acting(cast, case, "accept_return")] * 2)
        assert sorted(type(r) is WrongState for r in results) == [False, True]
        assert Stock.objects.get(store=cast.a).on_hand == n


def test_first_returns_of_an_article_that_nobody_counted_begin_one_row(cast: Cast) -> None:
    for _ in range(3):
        with unguarded():
            Stock.history.all().delete()
            Stock.objects.all()._raw_delete(using="default")
        cases = [inspecting(cast, (1, "50.00")) for _ in range(4)]
        race(*(acting(cast, case, "accept_return") for case in cases))
        assert Stock.objects.get(store=cast.a).on_hand == 4


def test_shipping_and_cancelling_at_once_do_one_of_them(cast: Cast) -> None:
    stock = make_stock(cast.a, pieces=0)
    for _ in range(ROUNDS):
        put(cast, stock, 1)
        case = inspecting(cast, (1, "50.00"), kind=Kind.EXCHANGE)
        do(cast, case, "accept_return")
        race(
            acting(cast, case, "ship_replacement", carrier="SF", tracking="1"),
            acting(cast, case, "cancel_replacement"),
            acting(cast, case, "convert", kind="return_refund", agreed=True),
        )
        shipped = Replacement.objects.filter(case=case, shipped_at__isnull=False).count()
        assert shipped == int(fetch(case).state == State.COMPENSATED)
        assert left(stock) == 2 - shipped


def put(cast: Cast, stock: Stock, pieces: int) -> None:
    row = Stock.objects.get(pk=stock.pk)
    row.on_hand = pieces
    with recorded(person(cast.manager), "Counted."):
        row.save()


def left(stock: Stock) -> int:
    return Stock.objects.get(pk=stock.pk).on_hand
