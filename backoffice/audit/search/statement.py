"""The statement that puts a stretch of one model's versions into the index.

Each version is joined with the one before it, and gives a row for each field that differs. SQLite
and PostgreSQL read the same words but for how they compare what may be missing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connection, models

from backoffice.audit.currencies import path_to_currency
from backoffice.audit.models import Audited, version_model
from backoffice.audit.search.fields import indexed, is_amount, is_told
from backoffice.audit.search.models import ChangeEntry
from backoffice.audit.search.scope import owner_of
from backoffice.held_roles import BEFORE_PLACES, BETWEEN_ROLES, kept_labels

TEXT = 500  # characters of a value, enough to recognise it by
ROLE = 200
# Buyers' own words are told by the row's history alone, to those who may read them.
REASON = (
    "CASE WHEN v.history_change_reason LIKE 'sealed1:%%' THEN '' "
    "ELSE substr(v.history_change_reason, 1, 300) END"
)
# Columns that every entry of a version shares, in the order of ``_shared``.
SHARED = (
    "model", "row", "version", "kind", "action", "number", "store", "merchant", "actor_id", "actor_name",
    "role", "roles", "source", "reason", "at", "request_id",
)  # fmt: skip
OWN = ("field", "before", "after", "amount_before", "amount_after", "currency")
NO_TEXT, NO_AMOUNT, NO_ID = (f"CAST(NULL AS {kind})" for kind in ("text", "numeric", "bigint"))
NO_VALUES = f"{NO_TEXT}, {NO_TEXT}, {NO_AMOUNT}, {NO_AMOUNT}, ''"


@dataclass
class Way:
    """A query path as SQL: the joins that it takes, and the column at its end."""

    joins: list[str]
    column: str


@cache
def statement(model: type[Audited], vendor: str) -> str:
    """INSERT the entries of the versions after one id up to another that are not in the index yet.

    ``vendor`` is the database's, for whose words this is; takes the parameters ``after`` and ``until``.
    """
    names = ", ".join(f'"{name}"' for name in (*SHARED, *OWN))
    shared = ", ".join("row_id" if name == "row" else name for name in SHARED)
    parts = list(_parts(indexed(model)))
    if vendor == "postgresql":  # one look at each version
        values = " UNION ALL ".join(f"SELECT {values} WHERE {when}" for values, when in parts)
        told = f"SELECT {shared}, told.* FROM batch CROSS JOIN LATERAL ({values}) told"  # noqa: S608 - names of our own tables, here and below
    else:
        told = " UNION ALL ".join(
            f"SELECT {shared}, {values} FROM batch WHERE {when}"  # noqa: S608
            for values, when in parts
        )
    return (
        f"INSERT INTO {ChangeEntry._meta.db_table} ({names}) {_batch(model)} {told} "
        "ON CONFLICT DO NOTHING"
    )


def _batch(model: type[Audited]) -> str:
    """The versions in question, each beside the one before it."""
    table = version_model(model)._meta.db_table
    ways = [_store(model), _merchant(model), _number(model), _currency(model)]
    columns = [*_shared(model, *(way.column for way in ways)), "p.history_id AS old"]
    for n, field in enumerate(indexed(model)):
        columns += [f'p."{field.column}" AS o{n}', f'v."{field.column}" AS n{n}']
    joins = " ".join(join for way in ways for join in way.joins)
    return (
        f"WITH batch AS (SELECT {', '.join(columns)} FROM {table} v "  # noqa: S608
        f"LEFT JOIN {table} p ON p.id = v.id AND p.history_number = v.history_number - 1 "
        f"{joins} WHERE v.history_id > %(after)s AND v.history_id <= %(until)s AND NOT EXISTS "
        f"(SELECT 1 FROM {ChangeEntry._meta.db_table} e WHERE e.model = '{model._meta.label_lower}' "
        "AND e.version = v.history_id))"
    )


def _shared(
    model: type[Audited], store: str, merchant: str, number: str, currency: str
) -> list[str]:
    return [
        f"'{model._meta.label_lower}' AS model", "v.id AS row_id", "v.history_id AS version", "v.history_type AS kind",
        "v.action AS action", f"substr(coalesce({number}, ''), 1, 80) AS number", f"{store} AS store", f"{merchant} AS merchant",
        "v.history_user_id AS actor_id", "v.actor_name AS actor_name", f"substr(v.actor_role, 1, {ROLE}) AS role", f"{_roles()} AS roles", "v.source AS source",
        f"{REASON} AS reason", "v.history_date AS at", "v.request_id AS request_id", f"coalesce({currency}, '') AS money",
    ]  # fmt: skip


def _parts(fields: list[models.Field]) -> Iterator[tuple[str, str]]:
    """What can be told of a version, and when: that it is new, and its amounts; each field that
    changed; that nothing changed which is told.
    """
    yield f"'', {NO_VALUES}", "old IS NULL"
    changed = [f"n{n} {_differs()} o{n}" for n in range(len(fields))]
    for n, field in enumerate(fields):
        values = f"'{field.name}', {_values(n, field)}"
        yield values, f"old IS NOT NULL AND {changed[n]}"
        if is_amount(field):
            yield values, f"old IS NULL AND n{n} <> 0"
    yield f"'', {NO_VALUES}", f"old IS NOT NULL AND NOT ({' OR '.join(changed)})"


def _values(n: int, field: models.Field) -> str:
    """Before and after, as text and as amounts – as far as the index may tell them."""
    if not is_told(field):
        return NO_VALUES
    texts = f"{_text(f'o{n}')}, {_text(f'n{n}')}"
    if is_amount(field):
        return f"{texts}, o{n}, n{n}, money"
    return f"{texts}, {NO_AMOUNT}, {NO_AMOUNT}, ''"


def _text(column: str) -> str:
    return f"substr(CAST({column} AS text), 1, {TEXT})"


def _store(model: type[Audited]) -> Way:
    return _way(model, model.store_lookup, "s") if model.store_lookup else Way([], NO_ID)


def _merchant(model: type[Audited]) -> Way:
    return _way(model, model.merchant_lookup, "m") if model.merchant_lookup else Way([], NO_ID)


def _number(model: type[Audited]) -> Way:
    """The number that the row goes by: its own, or that of what it is part of."""
    if _has(model, "number"):
        return _way(model, "number", "k")
    if model.part_of and _has(owner_of(model), "number"):
        return _way(model, f"{model.part_of}__number", "k")
    return Way([], NO_TEXT)


def _currency(model: type[Audited]) -> Way:
    """What the row's amounts are in."""
    path = path_to_currency(model)
    return _way(model, path, "c") if path else Way([], NO_TEXT)


def _roles() -> str:
    """The codes of the roles that a version's actor held, each between commas."""
    held = f"'{BETWEEN_ROLES}' || v.actor_role || ';'"
    found = (
        f"CASE WHEN {held} LIKE '%%; {label}{BEFORE_PLACES}%%' OR {held} LIKE '%%; {label};%%' "
        f"THEN '{code},' ELSE '' END"
        for code, label in kept_labels().items()
    )
    return f"CASE WHEN v.actor_role = '' THEN '' ELSE ',' || {' || '.join(found)} END"


def _has(model: type[models.Model], name: str) -> bool:
    return any(field.name == name for field in model._meta.fields)


def _way(model: type[models.Model], path: str, letter: str) -> Way:
    """From a version over the rows as they stand now: what a row belongs to never changes."""
    joins: list[str] = []
    here: Any = model
    at = "v"
    *hops, last = path.split("__")
    for n, hop in enumerate(hops):
        field = here._meta.get_field(hop)
        there, alias = field.related_model, f"{letter}{n}"
        joins.append(
            f"LEFT JOIN {there._meta.db_table} {alias} ON {alias}.{there._meta.pk.column} = {at}.{field.column}"
        )
        here, at = there, alias
    column = here._meta.pk.column if last == "pk" else here._meta.get_field(last).column
    return Way(joins, f"{at}.{column}")


def _differs() -> str:
    return "IS DISTINCT FROM" if connection.vendor == "postgresql" else "IS NOT"
