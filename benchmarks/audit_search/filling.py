"""Filling the index: all of history at once, and a pass behind the commit as it happens every few seconds."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.models import F

from backoffice.actors import INSTALLER, system
from backoffice.audit.recording import recorded
from backoffice.audit.search.indexing import catch_up
from backoffice.audit.search.models import ChangeEntry
from backoffice.audit.sets import update_set
from refunds.models import RefundCase

AFRESH = 20_000  # versions of the pass that is measured


@contextmanager
def bare() -> Iterator[None]:
    """The index without its own indexes for a while: millions of rows are sorted once, not one by one."""
    with connection.schema_editor() as editor:
        for index in ChangeEntry._meta.indexes:
            editor.remove_index(ChangeEntry, index)
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET maintenance_work_mem = '512MB'")
    with connection.schema_editor() as editor:
        for index in ChangeEntry._meta.indexes:
            editor.add_index(ChangeEntry, index)


def passing() -> float:
    """Versions a second of a pass over fresh ones, into an index of full size with all that it has."""
    newest = RefundCase.objects.order_by("-pk").values_list("pk", flat=True)[:AFRESH]
    rows = RefundCase.objects.filter(pk__gte=min(newest))
    with recorded(system(INSTALLER), "A benchmark.", "extend"):
        changed = update_set(rows, extended_hours=F("extended_hours") + 1)
    began = time.perf_counter()
    catch_up()
    return changed / (time.perf_counter() - began)
