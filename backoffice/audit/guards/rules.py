"""PostgreSQL's rules, by which something else is done instead of a write: no guarded table has any."""

from collections.abc import Iterable

from django.db import connection

FIND = """
    SELECT r.rulename, c.relname FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
    WHERE c.relkind = 'r' AND pg_table_is_visible(c.oid) AND c.relname = ANY(%s)
"""


def strange_rules(tables: Iterable[str]) -> dict[str, str]:
    """Every rule on ``tables``, by its name, with the SQL that takes it away."""
    if connection.vendor != "postgresql":
        return {}
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute(FIND, [sorted(tables)])
        return {rule: f"DROP RULE {quote(rule)} ON {table}" for rule, table in cursor.fetchall()}
