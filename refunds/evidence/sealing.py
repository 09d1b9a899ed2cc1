"""Sealing the files of evidence that an earlier version of the program kept in clear.

The tick does it some seconds at a time; until then such files are read as they are. The sealed file is
written first, then the row names it, then the clear one is deleted: what is killed in between leaves a file
that no row names, and ``evidence.sweep`` takes it away.
"""

import hashlib
import logging
import time
from functools import partial
from typing import IO

from django.core.cache import cache
from django.core.files.storage import storages
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_noop

from backoffice.actors import TIMER, system
from backoffice.audit.recording import recorded
from backoffice.audit.sets import update_set
from backoffice.bulk.leases import leased
from backoffice.bulk.progress import forget, report
from backoffice.privacy.streams import Whose, whose
from refunds.evidence.erasing import delete_files
from refunds.evidence.keeping import files_undone_by_refusal, write
from refunds.models import Evidence
from refunds.models.evidence import SEALED

logger = logging.getLogger(__name__)
KEY = "seal-evidence"
DONE = "evidence-is-sealed"
TURN = 20  # seconds of one tick
ONCE_MORE = 24 * 3600
CHUNK = 64 * 1024
WHY = gettext_noop("The file is sealed under the buyer's key from now on.")
STEP = gettext_noop("Sealing files of evidence")


class Untold(Exception):
    """A file that is not there, or is not what its row says."""


def in_clear() -> "QuerySet[Evidence]":
    """What is kept as a file that anybody with the disk can read."""
    return Evidence.objects.exclude(file="").exclude(file__endswith=SEALED)


def seal_now_and_then() -> int | None:
    """For the tick: some of them; ``None`` when there is nothing to do, or another is at it."""
    if cache.get(DONE):
        return None
    sealed, left = seal_files(TURN)
    if not left:
        cache.set(DONE, 1, ONCE_MORE)
    return sealed


def seal_files(seconds: float = float("inf")) -> tuple[int, int]:
    """Seal until all are done or the time is over; how many were, and how many are left.

    What cannot be sealed is logged, stays as it is, and is tried again the next day.
    """
    with leased(KEY) as ours:
        if not ours:
            return 0, in_clear().count()
        try:
            return _sealed_until(time.monotonic() + seconds)
        finally:
            forget(KEY)


def _sealed_until(end: float) -> tuple[int, int]:
    sealed, last, total = 0, 0, in_clear().count()
    while time.monotonic() < end and (row := _next(last)):
        sealed += _sealed(row)
        report(KEY, step=STEP, done=sealed, total=total)
        last = row.pk
    return sealed, in_clear().filter(pk__gt=last).count()


def _next(last: int) -> Evidence | None:
    rows = in_clear().select_related("case__order__buyer", "case__order__store")
    return rows.filter(pk__gt=last).order_by("pk").first()


def _sealed(row: Evidence) -> bool:
    try:
        with files_undone_by_refusal() as written:
            owner = whose(row.data_subject, hold=False)
            names = [_written(row, owner, written), _preview(row, owner, written)]
            return _named(row, owner, names, written)
    except Untold as problem:
        logger.error("Evidence %d stays as it is: %s", row.pk, problem)
        return False


def _written(row: Evidence, owner: Whose, written: list[str]) -> str:
    with _opened(str(row.file.name)) as file:
        digest = hashlib.sha256()
        while piece := file.read(CHUNK):
            digest.update(piece)
        if digest.hexdigest() != row.sha256:
            raise Untold("its file is not the one that was brought.")
        return write(file, owner, written)


def _preview(row: Evidence, owner: Whose, written: list[str]) -> str:
    if not row.preview:
        return ""
    with _opened(str(row.preview.name)) as file:
        return write(file, owner, written)


def _opened(name: str) -> IO[bytes]:
    try:
        return storages["evidence"].open(name, "rb")
    except FileNotFoundError:
        raise Untold("its file is gone.") from None


def _named(row: Evidence, owner: Whose, names: list[str], written: list[str]) -> bool:
    """Have the row name the sealed files, unless it was erased or its key went meanwhile."""
    with recorded(system(TIMER), WHY, "seal"):
        same = in_clear().select_for_update().filter(pk=row.pk, file=row.file.name)
        if not list(same.values_list("pk")) or whose(row.data_subject).person != owner.person:
            delete_files(written)
            return False
        old = [name for name in (row.file.name, row.preview.name) if name]
        transaction.on_commit(partial(delete_files, old), robust=True)
        update_set(Evidence.objects.filter(pk=row.pk), file=names[0], preview=names[1])
    return True
