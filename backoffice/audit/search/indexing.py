"""The pass that brings the index up to date, behind the commit and never on the way of a change.

Versions get their ids before they are committed, so they appear out of order: “after the last one”
would miss some. A pass therefore looks again at everything after what is *settled*, takes what the
index does not have, and settles what the pass before had seen once everybody who was writing history
then is done. Each stretch is one transaction; whoever is killed leaves a stretch undone, and the next
pass does it. Two passes at once do no harm – an entry is there once – and no good: one is enough.
"""

import logging
import threading
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from backoffice import clock
from backoffice.audit.models import Audited, version_model
from backoffice.audit.search.models import ChangeEntry, ChangeIndex
from backoffice.audit.search.scope import audited
from backoffice.audit.search.statement import statement

log = logging.getLogger(__name__)
STRETCH = 10_000  # ids that one statement looks at
AT_ONCE = 20  # stretches of one tick
LOCK = 1_917_004  # of the pass, among advisory locks
_indexing = threading.Lock()
# Who holds a lock that writing takes, on a table of versions: readable to everybody, exact to the moment.
WRITERS = """
    SELECT DISTINCT l.virtualtransaction FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
    WHERE l.mode = 'RowExclusiveLock' AND l.pid <> pg_backend_pid() AND c.relname = ANY(%s)
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


def index_at_tick() -> int | None:
    """For the tick: a bounded pass, unless this process is still at one."""
    if not _indexing.acquire(blocking=False):
        return None
    try:
        return catch_up(stretches=AT_ONCE)
    finally:
        _indexing.release()


def catch_up(*, stretches: int | None = None) -> int:
    """Put into the index what is missing – all of it, or ``stretches`` at most; gives how many entries.

    What is committed is looked up before who is writing, and both before the versions are read: who
    had an id then is either seen among the writers or has committed in time to be read.
    """
    state = ChangeIndex.objects.order_by("pk").first() or ChangeIndex.objects.create()
    at, newest, writers = clock.database_now(), _newest(), _writers()
    reached, written, left = dict(state.settled), 0, stretches
    for model in audited():
        label = model._meta.label_lower
        reached[label], done, left = _index(model, reached.get(label, 0), newest[label], left)
        written += done
    whole = reached == newest
    _remember(state, reached, writers, at if whole else state.complete_until)
    return written


def _index(
    model: type[Audited], after: int, until: int, left: int | None
) -> tuple[int, int, int | None]:
    """One model, a stretch at a time; gives how far it came, the entries, the stretches left."""
    written = 0
    while after < until and left != 0:
        start = _next(model, after)
        if start is None:
            break
        end = min(start - 1 + STRETCH, until)
        done = _stretch(model, start - 1, end)
        if done is None:  # another worker is at it
            return after, written, 0
        after, written = end, written + done
        left = None if left is None else left - 1
    return (until if left != 0 else after), written, left


def _stretch(model: type[Audited], after: int, until: int) -> int | None:
    """The entries of a stretch, in one transaction; ``None`` where another worker has the lock."""
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
            if not cursor.fetchone()[0]:
                return None
        cursor.execute(statement(model, connection.vendor), {"after": after, "until": until})
        return max(cursor.rowcount, 0)


def _next(model: type[Audited], after: int) -> int | None:
    """The first version after ``after``: a stretch that nobody ever wrote is stepped over."""
    later = version_model(model)._base_manager.filter(history_id__gt=after)
    return later.order_by("history_id").values_list("history_id", flat=True).first()


def _newest() -> dict[str, int]:
    """The newest version of each model that is committed now; one query."""
    parts = [
        f"SELECT '{model._meta.label_lower}', coalesce(max(history_id), 0) "  # noqa: S608 - our own tables
        f"FROM {version_model(model)._meta.db_table}"
        for model in audited()
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return dict(cursor.fetchall())


def _writers() -> list[str]:
    """The transactions that are writing versions at this moment; SQLite has one writer, and it is us."""
    if connection.vendor != "postgresql":
        return []
    tables = [version_model(model)._meta.db_table for model in audited()]
    with connection.cursor() as cursor:
        cursor.execute(WRITERS, [tables])
        return [name for (name,) in cursor.fetchall()]


def _remember(
    state: ChangeIndex, reached: dict[str, int], writers: list[str], at: datetime | None
) -> None:
    """What the next pass has to know. Nothing of it is kept where the index was thrown away meanwhile."""
    if not writers:
        state.settled, state.complete_until = reached, at
    elif not set(writers) & set(state.writers):
        state.settled, state.complete_until = state.marked, state.marked_at
    values = {"settled": state.settled, "complete_until": state.complete_until}
    ChangeIndex.objects.filter(pk=state.pk).update(
        marked=reached, writers=writers, marked_at=at, **values
    )


def complete_until() -> datetime | None:
    """Up to when the index has everything that was committed; ``None`` before the first pass."""
    rows = ChangeIndex.objects.order_by("pk").values_list("complete_until", flat=True)
    return rows.first()


def rebuild() -> None:
    """Throw the index away; the next passes draw it anew from the versions."""
    with transaction.atomic():
        _empty()
        ChangeIndex.objects.all().delete()
        ChangeIndex.objects.create()


def _empty() -> Any:
    if connection.vendor != "postgresql":
        return ChangeEntry.objects.all().delete()
    with connection.cursor() as cursor:
        return cursor.execute(f"TRUNCATE {ChangeEntry._meta.db_table}")
