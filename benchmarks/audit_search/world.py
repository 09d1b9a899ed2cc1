"""A year of history in fifty stores: some rows made by the product's own ways, then multiplied by the database.

Sixteen versions for each case: buyer, order, line, payment, case and its line are new; then ten things
happen to the case in the hours after. Every version follows from the one before it, and every row is what
its last version says.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from backoffice.actors import INSTALLER, system
from backoffice.audit.bulk import create_many
from backoffice.audit.models import Audited, version_model
from backoffice.audit.recording import recorded
from backoffice.models import User
from benchmarks.versions import STAMP
from merchants.models import Merchant, Store
from orders.models import Buyer, Order, OrderLine, Payment
from refunds.models import CaseLine, RefundCase
from tests.flushing import unguarded
from tests.refunds.many import make_overdue

STORES, PEOPLE = 50, 40
YEAR = datetime(2026, 1, 1, tzinfo=UTC)
SPREAD = timedelta(days=360)  # over which the cases are asked for
MODELS: tuple[type[Audited], ...] = (Buyer, Order, OrderLine, Payment, RefundCase, CaseLine)
ROUNDS = (
    "claim", "remind", "approve", "correct", "extend", "correct", "remind", "extend", "correct", "close",
)  # fmt: skip
PER_CASE = len(MODELS) + len(ROUNDS)
Values = Mapping[str, str]  # column → SQL, in terms of the row's number ``g``

REQUEST = "'0123456789abcdef0123456789abcdef'"
AT = "%(year)s + g * %(spread)s / %(cases)s"  # when case ``g`` was asked for
STORE = "(%(stores)s::bigint[])[1 + g %% cardinality(%(stores)s::bigint[])]"
WHO = "(%(people)s::bigint[])[1 + (g / 97 + step) %% cardinality(%(people)s::bigint[])]"
OWN: dict[type[Audited], Values] = {
    Buyer: {"store_id": STORE, "code": "'B-' || g"},
    Order: {"store_id": STORE, "number": "'W-' || g", "buyer_id": "%(orders_buyer)s + g", "placed_at": AT},
    OrderLine: {"order_id": "%(orders_order)s + g"},
    Payment: {"order_id": "%(orders_order)s + g", "reference": "'PAY-W-' || g", "paid_at": AT},
    RefundCase: {
        "store_id": STORE, "order_id": "%(orders_order)s + g", "number": "'RC-W-' || g", "requested_at": AT,
    },
    CaseLine: {"case_id": "%(refunds_refundcase)s + g", "order_line_id": "%(orders_orderline)s + g"},
}  # fmt: skip


def make_world(versions: int) -> list[Store]:
    """About ``versions`` versions over a year; gives the stores."""
    with recorded(system(INSTALLER), "A benchmark."):
        merchant = Merchant.objects.create(code="search", name="Search")
        stores = [
            Store.objects.create(merchant=merchant, code=f"search-{n}", name=f"Store {n}")
            for n in range(STORES)
        ]
        people = list(create_many([User(username=f"clerk{n}") for n in range(PEOPLE)]))
    make_overdue(stores[:1], 1)
    cases = max(versions // PER_CASE, STORES)
    firsts = {model._meta.db_table: _last(model) for model in MODELS}
    words: dict[str, Any] = firsts | {
        "cases": cases,
        "year": YEAR,
        "spread": SPREAD,
        "stores": [store.pk for store in stores],
        "people": [user.pk for user in people],
        "installer": system(INSTALLER).user.pk,
    }
    with unguarded(), connection.cursor() as cursor:
        for model in MODELS:
            cursor.execute(_rows(model), words)
            cursor.execute(_first_versions(model), words)
        cursor.execute(_later_versions(), words)
        for model in MODELS:
            cursor.execute(_go_on(model), words)
    return stores


def _last(model: type[Audited]) -> int:
    """The row of which all others are copies: the newest."""
    newest = model._base_manager.order_by("-pk").values_list("pk", flat=True)
    return int(newest[0])


def _rows(model: type[Audited]) -> str:
    """The rows, as they are at the end."""
    table, values = model._meta.db_table, {**OWN[model], "id": f"%({model._meta.db_table})s + g"}
    if model is RefundCase:
        values |= _told_at(len(ROUNDS))
    columns = [str(field.column) for field in model._meta.concrete_fields]
    selected = ", ".join(values.get(name, f't."{name}"') for name in columns)
    return (
        f"INSERT INTO {table} ({_names(columns)}) SELECT {selected} "  # noqa: S608 - our own words, here and below
        f"FROM {table} t, generate_series(1, %(cases)s) g WHERE t.id = %({table})s"
    )


def _first_versions(model: type[Audited]) -> str:
    """What each row was when it was new."""
    values = _told_at(0) if model is RefundCase else {}
    source = f"{model._meta.db_table} t, LATERAL (SELECT t.id - %({model._meta.db_table})s AS g) n"
    stamp = (
        f"{AT}, '+', 'A benchmark.', 'installer', 'command', '', {REQUEST}, %(installer)s, '', 1"
    )
    where = f"t.id > %({model._meta.db_table})s AND t.id <= %({model._meta.db_table})s + %(cases)s"
    return _versions(model, values, stamp, f"{source} WHERE {where} ORDER BY t.id")


def _later_versions() -> str:
    """What became of each case, in the order in which it happened."""
    steps = ", ".join(f"({n}, '{action}')" for n, action in enumerate(ROUNDS, 1))
    source = (
        "refunds_refundcase t, LATERAL (SELECT t.id - %(refunds_refundcase)s AS g) n, "
        f"(VALUES {steps}) s (step, action) WHERE t.id > %(refunds_refundcase)s "
        "AND t.id <= %(refunds_refundcase)s + %(cases)s ORDER BY g * %(spread)s / %(cases)s + step * interval '1 hour'"
    )
    stamp = (
        f"{AT} + step * interval '1 hour', '~', 'A benchmark.', 'clerk' || ((g / 97 + step) %% {PEOPLE}), "
        f"'admin', s.action, {REQUEST}, {WHO}, 'Store staff · search', 1 + step"
    )
    return _versions(RefundCase, _told_at("step"), stamp, source)


def _versions(model: type[Audited], values: Values, stamp: str, source: str) -> str:
    version = version_model(model)
    columns = [str(field.column) for field in version.tracked_fields]
    selected = ", ".join(values.get(name, f't."{name}"') for name in columns)
    return (
        f"INSERT INTO {version._meta.db_table} ({_names(columns)}, {STAMP}) "  # noqa: S608
        f"SELECT {selected}, {stamp} FROM {source}"
    )


def _told_at(step: int | str) -> Values:
    """The case's columns after so many things happened to it."""

    def times(action: str) -> str:
        happened = [n for n, name in enumerate(ROUNDS, 1) if name == action]
        return " + ".join(f"({step} >= {n})::int" for n in happened)

    changes = f"({times('approve')} + {times('correct')})"
    return {
        "assignee_id": f"CASE WHEN {step} >= 1 THEN {WHO.replace('step', '1')} END",
        "reminders": times("remind"),
        "extended_hours": times("extend"),
        "amount_approved": f"CASE WHEN {changes} > 0 THEN t.amount_requested - (g + {changes}) %% 9 END",
        "closed_at": f"CASE WHEN {step} >= {len(ROUNDS)} THEN {AT} + interval '10 hours' END",
    }


def _go_on(model: type[Audited]) -> str:
    """Let the next row that the product makes have the next number."""
    table = model._meta.db_table
    return f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"  # noqa: S608


def _names(columns: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)
