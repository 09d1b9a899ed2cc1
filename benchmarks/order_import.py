"""Importing an order file: ours, stock django-import-export row by row, and COPY with no checks."""

import io
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import tablib
from django.db import connection
from import_export import resources

from backoffice.actors import IMPORTER, system
from backoffice.audit.recording import recorded
from backoffice.bulk.jobs import carry_on
from backoffice.bulk.runs import bring, confirm
from merchants.models import Merchant, Store
from orders.models import Buyer, ImportProfile, Order, OrderImport, OrderLine, Payment

HEADER = ["Order number", "Placed at", "Buyer", "SKU", "Title", "Quantity", "Unit price"]
LINES = 5  # of each order
WHEN = "2026-01-01 08:00:00"


def compare(count: int) -> None:
    """Import ``count`` lines three ways into three stores, and print seconds and ratios."""
    with recorded(system(IMPORTER), "A benchmark."):
        merchant = Merchant.objects.create(code="bench", name="Bench")
        stores = [
            Store.objects.create(merchant=merchant, code=f"b{n}", name=f"B{n}") for n in range(3)
        ]
    rows = [_row(n) for n in range(count)]
    ours = timed(lambda: by_us(stores[0], rows))
    stock = timed(lambda: by_stock(stores[1], rows))
    limit = timed(lambda: by_copy(stores[2], rows))
    assert {Order.objects.filter(store=store).count() for store in stores} == {-(-count // LINES)}
    sys.stdout.write(
        f"order import, {count} lines, PostgreSQL\n"
        f"  ours (check and apply)  {ours:8.2f} s\n"
        f"  stock, row by row       {stock:8.2f} s   {stock / ours:6.1f} × ours\n"
        f"  limit (COPY, no checks) {limit:8.2f} s   ours is {ours / limit:.1f} × the limit\n"
    )


def timed(work: Callable[[], None]) -> float:
    """Seconds that ``work`` takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _row(n: int) -> list[str]:
    order = n // LINES
    return [f"N{order}", WHEN, f"B{order % 500}", f"S{n % 900}", f"Article {n % 900}", "2", "10.50"]


def by_us(store: Store, rows: list[list[str]]) -> None:
    """The product's way: bring, check, confirm, apply."""
    text = "\n".join(",".join(row) for row in [HEADER, *rows])
    run = bring(
        OrderImport,
        file=io.BytesIO(text.encode()),
        name="bench.csv",
        actor=system(IMPORTER),
        store=store,
        profile=ImportProfile.objects.get(code="generic"),
    )
    carry_on(run)
    confirm(OrderImport.objects.get(pk=run.pk), actor=system(IMPORTER))
    carry_on(OrderImport.objects.get(pk=run.pk))


class StockResource(resources.ModelResource):
    """The same rows and versions, written as django-import-export does: row by row, with a preview."""

    store: Store

    class Meta:
        model = OrderLine

    def import_row(self, row: Any, instance_loader: Any, **kwargs: Any) -> Any:
        """Find or make the order and its buyer, then save the line."""
        number, _when, buyer_code, sku, title, quantity, price = (row[name] for name in HEADER)
        buyer, _new = Buyer.objects.get_or_create(store=self.store, code=buyer_code)
        order, new = Order.objects.get_or_create(
            store=self.store,
            number=number,
            defaults={"buyer": buyer, "currency": "CNY", "placed_at": datetime.now(UTC)},
        )
        line = OrderLine(
            order=order, position=order.lines.count() + 1, sku=sku, title=title, quantity=int(quantity),
            unit_price=Decimal(price),
        )  # fmt: skip
        line.full_clean(exclude=["order"])
        line.save()
        if new:
            Payment.objects.create(
                order=order, reference=number, method="", amount=105, paid_at=datetime.now(UTC)
            )
        result = self.get_row_result_class()()
        result.import_type = result.IMPORT_TYPE_NEW
        return result


def by_stock(store: Store, rows: list[list[str]]) -> None:
    """The library's way: a dry run for the preview, then the import."""
    resource = StockResource()
    resource.store = store
    table = tablib.Dataset(*rows, headers=HEADER)
    with recorded(system(IMPORTER), "A benchmark."):
        resource.import_data(table, dry_run=True, use_transactions=True, raise_errors=True)
        resource.import_data(table, dry_run=False, use_transactions=True, raise_errors=True)


def by_copy(store: Store, rows: list[list[str]]) -> None:
    """The least that can be done: COPY the same rows and versions, and look at nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE raw (number text, placed text, buyer text, sku text, title text, q int, p numeric, n serial)"
        )
        with cursor.copy("COPY raw (number, placed, buyer, sku, title, q, p) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        for statement in STATEMENTS:
            cursor.execute(statement, {"store": store.pk, "user": system(IMPORTER).user.pk})


VERSION = "now(), '+', 'A benchmark.', 'importer', 'import', '', '', %(user)s, '', 1"
STAMP = "history_date, history_type, history_change_reason, actor_name, source, action, request_id, history_user_id, actor_role, history_number"


def _versions(table: str, columns: str, where: str) -> str:
    return (
        f"INSERT INTO orders_historical{table} ({columns}, {STAMP}) "  # noqa: S608 - our own words
        f"SELECT {columns}, {VERSION} FROM orders_{table} WHERE {where}"
    )


MINE = "order_id IN (SELECT id FROM orders_order WHERE store_id = %(store)s)"
STATEMENTS = [
    "INSERT INTO orders_buyer (store_id, code, name, country) SELECT DISTINCT %(store)s::bigint, buyer, '', '' FROM raw",
    "INSERT INTO orders_order (store_id, number, buyer_id, currency, freight, placed_at) "
    "SELECT DISTINCT ON (number) %(store)s::bigint, number, b.id, 'CNY', 0, placed::timestamptz FROM raw "
    "JOIN orders_buyer b ON b.store_id = %(store)s AND b.code = raw.buyer",
    "INSERT INTO orders_orderline (order_id, position, sku, title, category, quantity, unit_price, discount) "
    "SELECT o.id, row_number() OVER (PARTITION BY o.id ORDER BY n), sku, title, '', q, p, 0 FROM raw "
    "JOIN orders_order o ON o.store_id = %(store)s AND o.number = raw.number",
    "INSERT INTO orders_payment (order_id, reference, method, amount, paid_at) "
    "SELECT id, number, '', 105, placed_at FROM orders_order WHERE store_id = %(store)s",
    _versions("buyer", "id, store_id, code, name, country", "store_id = %(store)s"),
    _versions(
        "order",
        "id, store_id, number, buyer_id, currency, freight, placed_at",
        "store_id = %(store)s",
    ),
    _versions(
        "orderline",
        "id, order_id, position, sku, title, category, quantity, unit_price, discount",
        MINE,
    ),
    _versions("payment", "id, order_id, reference, method, amount, paid_at", MINE),
]
