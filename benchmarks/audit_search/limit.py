"""The limit: the same answer by hand, from the versions themselves and from the index."""

from datetime import datetime
from typing import Any

from django.db import connection

# The window over the versions of the store alone: no case ever changes its store.
FROM_VERSIONS = """
    SELECT history_id, actor_name, history_date, before, amount_approved FROM (
        SELECT v.*, lag(amount_approved) OVER w AS before, lag(history_id) OVER w AS earlier
        FROM refunds_historicalrefundcase v WHERE store_id = %(store)s AND history_date < %(until)s
        WINDOW w AS (PARTITION BY id ORDER BY history_id)
    ) told
    WHERE earlier IS NOT NULL AND amount_approved IS DISTINCT FROM before AND history_date >= %(since)s
    ORDER BY history_date DESC, history_id DESC
"""
FROM_INDEX = """
    SELECT version, actor_name, at, amount_before, amount_after
    FROM backoffice_changeentry
    WHERE store = %(store)s AND model = 'refunds.refundcase' AND field = 'amount_approved'
        AND at >= %(since)s AND at < %(until)s
    ORDER BY at DESC, id DESC
"""


def by_hand(
    statement: str, store: int, since: datetime, until: datetime, most: int | None = None
) -> list[tuple[Any, ...]]:
    """The rows of one of the statements: ``most`` at most."""
    values: dict[str, Any] = {"store": store, "since": since, "until": until, "most": most}
    with connection.cursor() as cursor:
        cursor.execute(statement + (" LIMIT %(most)s" if most else ""), values)
        return cursor.fetchall()
