from decimal import Decimal

import pytest

from backoffice.exceptions import BackofficeError
from merchants.models import Store
from orders import cancellations
from orders.models import Cancellation, OrderImport
from refunds.models import RefundCase
from tests.cast import Cast
from tests.orders.files import adds_up, load, problems, retail


def sale(
    number: str,
    when: str,
    quantity: int = 6,
    sku: str = "85123A",
    buyer: str = "17850",
    price: str = "2,55",
) -> str:
    return f"{number};{sku};HEART;{quantity};{when};{price};{buyer};France"


def cancel(number: str, when: str, quantity: int, **changes: str) -> str:
    return sale(f"C{number}", when, -quantity, **changes)


def bring(store: Store, *lines: str) -> OrderImport:
    run = load(store, retail(*lines), "online-retail")
    assert run.state == "applied", run.message
    assert adds_up(run.counts)
    return run


def test_a_cancellation_becomes_a_case_on_the_order_it_cancels(cast: Cast) -> None:
    bring(cast.a, sale("1", "1/12/2010 08:00"), cancel("9", "2/12/2010 08:00", 2))
    case = RefundCase.objects.get()
    assert (case.order.number, case.external_number) == ("1", "C9")
    assert case.amount_requested == Decimal("5.10")
    assert case.lines.get().quantity == 2
    assert case.history.earliest("history_id").actor_name == "importer"


def test_the_latest_order_before_it_is_meant(cast: Cast) -> None:
    bring(
        cast.a,
        sale("1", "1/12/2010 08:00"),
        sale("2", "2/12/2010 08:00"),
        sale("3", "4/12/2010 08:00"),
        cancel("9", "3/12/2010 08:00", 6),
    )
    assert RefundCase.objects.get().order.number == "2"


def test_pieces_are_never_cancelled_twice(cast: Cast) -> None:
    bring(
        cast.a,
        sale("1", "1/12/2010 08:00"),
        sale("2", "2/12/2010 08:00"),
        cancel("8", "3/12/2010 08:00", 4),
    )
    bring(cast.a, cancel("9", "3/12/2010 09:00", 4), sale("5", "9/12/2010 08:00"))
    run = bring(cast.a, cancel("10", "3/12/2010 10:00", 4), sale("6", "9/12/2010 08:00"))
    assert dict(RefundCase.objects.values_list("external_number", "order__number")) == {
        "C8": "2",
        "C9": "1",
    }
    assert problems(run)[0][0] == 2


def test_one_number_on_two_orders_becomes_two_cases(cast: Cast) -> None:
    lines = [
        sale("1", "1/12/2010 08:00", sku="A"),
        sale("2", "2/12/2010 08:00", sku="B"),
        cancel("9", "3/12/2010 08:00", 1, sku="A"),
        cancel("9", "3/12/2010 08:00", 1, sku="B"),
    ]
    run = bring(cast.a, *lines)
    assert dict(RefundCase.objects.values_list("external_number", "order__number")) == {
        "C9": "1",
        "C9/2": "2",
    }
    assert (run.counts["cancelled"], run.counts["cancellations"]) == (2, 2)
    assert bring(cast.a, *lines).counts["unchanged"] == 4


def test_lines_of_one_order_become_one_case(cast: Cast) -> None:
    bring(
        cast.a,
        sale("1", "1/12/2010 08:00", sku="A"),
        sale("1", "1/12/2010 08:00", sku="B"),
        cancel("9", "3/12/2010 08:00", 1, sku="A"),
        cancel("9", "3/12/2010 08:00", 2, sku="B"),
    )
    assert RefundCase.objects.get().lines.count() == 2


@pytest.mark.parametrize(
    "line",
    [
        cancel("9", "30/11/2010 08:00", 1),
        cancel("9", "2/12/2010 08:00", 7),
        cancel("9", "2/12/2010 08:00", 1, price="2,54"),
        cancel("9", "2/12/2010 08:00", 1, buyer="1"),
        cancel("9", "2/12/2010 08:00", 1, sku="OTHER"),
    ],
)
def test_a_cancellation_that_fits_no_order_is_reported(cast: Cast, line: str) -> None:
    run = bring(cast.a, sale("1", "1/12/2010 08:00"), line)
    [(row, field, message)] = problems(run)
    assert (row, field) == (3, "StockCode")
    assert message.startswith("No earlier order of this buyer contains")
    assert not RefundCase.objects.exists()


def test_a_cancellation_without_a_buyer_is_reported(cast: Cast) -> None:
    run = bring(cast.a, sale("1", "1/12/2010 08:00"), cancel("9", "2/12/2010 08:00", 1, buyer=""))
    assert problems(run) == [
        (3, "CustomerID", "The cancellation names no buyer, so its order cannot be told.")
    ]


def test_another_stores_orders_are_never_cancelled(cast: Cast) -> None:
    bring(cast.b, sale("1", "1/12/2010 08:00"))
    run = bring(cast.a, sale("2", "1/12/2010 08:00", sku="X"), cancel("9", "2/12/2010 08:00", 1))
    assert run.counts["cancellations"] == 0


def test_what_the_handler_refuses_is_reported_in_its_words(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**details: object) -> bool:
        raise BackofficeError("This order is closed.")

    monkeypatch.setattr(cancellations, "_handlers", [refuse])
    run = bring(cast.a, sale("1", "1/12/2010 08:00"), cancel("9", "2/12/2010 08:00", 1))
    assert problems(run) == [(3, "InvoiceNo", "This order is closed.")]
    assert not Cancellation.objects.exists()
