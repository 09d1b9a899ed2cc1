"""Stock, counted on its pages by those who may, and never counted over somebody's back."""

import pytest
from django.test import Client
from django.urls import reverse

from backoffice.actors import person
from backoffice.audit.recording import recorded
from orders import stock
from orders.models import Stock
from tests.cast import Cast
from tests.refunds.factories import make_stock

LIST = reverse("admin:orders_stock_changelist")
ADD = reverse("admin:orders_stock_add")


def page(row: Stock) -> str:
    return reverse("admin:orders_stock_change", args=[row.pk])


def counted(row: Stock) -> int:
    return Stock.objects.get(pk=row.pk).on_hand


def test_a_manager_counts_with_a_reason(client: Client, cast: Cast) -> None:
    row = make_stock(cast.a, pieces=5)
    client.force_login(cast.manager)
    response = client.post(page(row), {"on_hand": 7, "seen": 5, "change_reason": "Found two."})
    assert response.status_code == 302
    version = row.history.latest()
    assert (version.on_hand, version.history_user, version.history_change_reason) == (
        7,
        cast.manager,
        "Found two.",
    )
    assert client.post(page(row), {"on_hand": 8, "seen": 7}).status_code == 200  # why?
    assert counted(row) == 7


@pytest.mark.parametrize("pieces", ["-1", "", "x", "1.5", "10000000", "9" * 30])
def test_an_impossible_count_changes_nothing(client: Client, cast: Cast, pieces: str) -> None:
    row = make_stock(cast.a, pieces=5)
    client.force_login(cast.manager)
    form = {"on_hand": pieces, "seen": 5, "change_reason": "Counted."}
    assert client.post(page(row), form).status_code == 200
    assert counted(row) == 5


def test_a_count_from_before_a_promise_does_not_undo_it(client: Client, cast: Cast) -> None:
    row = make_stock(cast.a, pieces=5)
    with recorded(person(cast.staff), "An exchange."):
        stock.take(cast.a, {"SKU-1": 1})
    client.force_login(cast.manager)
    form = {"on_hand": 5, "seen": 5, "change_reason": "Counted."}
    response = client.post(page(row), form)
    assert "4 are on hand now" in response.content.decode()
    assert counted(row) == 4
    assert client.post(page(row), {**form, "seen": 4}).status_code == 302
    assert counted(row) == 5


def test_a_row_stays_what_it_counts(client: Client, cast: Cast) -> None:
    row = make_stock(cast.a, pieces=5)
    client.force_login(cast.manager)
    form = {"on_hand": 6, "seen": 5, "sku": "OTHER", "store": cast.b.pk, "change_reason": "x"}
    client.post(page(row), form)
    row = Stock.objects.get(pk=row.pk)
    assert (row.sku, row.store, row.on_hand) == ("SKU-1", cast.a, 6)


def test_a_count_begins_once_per_article_in_ones_own_store(client: Client, cast: Cast) -> None:
    client.force_login(cast.manager)
    form = {"store": cast.a.pk, "sku": "SKU-9", "on_hand": 3, "change_reason": "New article."}
    assert client.post(ADD, form).status_code == 302
    assert client.post(ADD, form).status_code == 200
    assert client.post(ADD, {**form, "store": cast.b.pk}).status_code == 200
    assert list(Stock.objects.values_list("store", "sku", "on_hand")) == [(cast.a.pk, "SKU-9", 3)]


@pytest.mark.parametrize("who", ["staff", "supervisor", "finance", "auditor", "platform"])
def test_others_read_stock_and_change_none(client: Client, cast: Cast, who: str) -> None:
    row = make_stock(cast.a, pieces=5)
    make_stock(cast.b, "FOREIGN")
    client.force_login(cast.people[who])
    text = client.get(LIST).content.decode()
    assert "SKU-1" in text
    assert ("FOREIGN" in text) == (who in ("auditor", "platform"))
    form = {"on_hand": 9, "seen": 5, "change_reason": "Forged."}
    assert client.post(page(row), form).status_code in (403, 405)
    assert counted(row) == 5


def test_the_list_is_filtered_by_store(client: Client, cast: Cast) -> None:
    make_stock(cast.a)
    make_stock(cast.b, "FOREIGN")
    client.force_login(cast.platform)
    response = client.get(LIST, {"store__id__exact": cast.b.pk})
    assert [row.sku for row in response.context["cl"].result_list] == ["FOREIGN"]


def test_the_list_needs_few_queries_however_many_rows(
    client: Client, cast: Cast, django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    for n in range(30):
        make_stock(cast.a, f"SKU-{n}")
    client.force_login(cast.manager)
    client.get(LIST)
    with django_assert_max_num_queries(12):
        client.get(LIST)


def test_what_is_taken_and_put_back_is_all_or_nothing(cast: Cast) -> None:
    make_stock(cast.a, "A", 1)
    make_stock(cast.a, "B", 5)
    with pytest.raises(stock.OutOfStock, match="A: 2 wanted, and 1 on hand"):
        take(cast, {"B": 1, "A": 2})
    assert [stock.on_hand(cast.a, sku) for sku in ("A", "B", "C")] == [1, 5, 0]
    take(cast, {"B": 1, "A": 1, "C": 0})
    with recorded(person(cast.manager), "Back."):
        stock.put_back(cast.a, {"B": 2, "C": 3, "D": 0})
    assert [stock.on_hand(cast.a, sku) for sku in ("A", "B", "C")] == [0, 6, 3]
    assert not Stock.objects.filter(sku="D").exists()


def take(cast: Cast, pieces: dict[str, int]) -> None:
    with recorded(person(cast.manager), "Out."):
        stock.take(cast.a, pieces)
