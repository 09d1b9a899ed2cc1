"""Files that name somebody who was erased beside others: the timer deletes them as soon as they are over.

One file is many buyers', so it is under no buyer's key. Every file that the store was brought since the
buyer's first order is read once, before the erasing is over; what can no longer be read goes as well. Files
that wait for a person – to be applied, or dropped – are looked at again until somebody has decided. Exports
of lists that can show the buyer end before their time, without being read: they can be asked for anew.
"""

from collections.abc import Iterable
from contextlib import closing
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.core.cache import cache
from django.db.models import Min
from django.utils.translation import gettext_lazy, gettext_noop

from backoffice import clock
from backoffice.actors import TIMER, system
from backoffice.audit.recording import recorded
from backoffice.audit.timeline import register_action_labels
from backoffice.bulk.leases import leased, room_for_long_work
from backoffice.bulk.models import FileRun
from backoffice.bulk.reading import read_rows
from backoffice.bulk.retention import OVER
from backoffice.bulk.runs import opened
from backoffice.exceptions import BadInput
from backoffice.exporting.models import ExportRun
from backoffice.exporting.running import end_early
from backoffice.privacy.retention import Holding
from orders.loading.fields import AHEAD, as_text
from orders.models import Erasure, Order

AGAIN = 3600  # seconds after which files that wait are looked at once more
NAMES = gettext_noop("The file names a buyer who was erased.")
MAY_NAME = gettext_noop("The list may show a buyer who was erased meanwhile. Ask for it anew.")
LOOKED = gettext_noop("All uploaded files of that time were looked through.")
register_action_labels(
    {"erase.uploads": gettext_lazy("Uploaded files looked through")}.get, Erasure
)
_kinds: list[tuple[type[FileRun], Holding]] = []


def register_naming(model: type[FileRun], holding: Holding) -> None:
    """Have files of ``model`` that name an erased buyer deleted, as ``holding`` deletes them."""
    _kinds.append((model, holding))


def looked_through() -> list[str]:
    """What is looked through after an erasing, in the words of retention."""
    return [holding.code for _model, holding in _kinds]


def look_for_uploads() -> int:
    """For the tick: go on with every erasing whose files are not looked through; how many files went."""
    todo = Erasure.objects.filter(state=Erasure.State.DONE, uploads_at=None).order_by("pk")
    waiting = [pk for pk in todo.values_list("pk", flat=True) if not cache.get(f"uploads:{pk}")]
    return sum(map(clear_uploads, waiting))


def clear_uploads(erasure_id: int) -> int:
    """Delete what is over and names the buyer; gives how many files. Killed half-way, it is done again."""
    key = f"uploads:{erasure_id}"
    with room_for_long_work() as granted, leased(key) as ours:
        if not (granted and ours):
            return 0
        gone = _clear(Erasure.objects.select_related("buyer").get(pk=erasure_id))
        cache.set(key, 1, AGAIN)
        return gone


def _clear(erasure: Erasure) -> int:
    gone, waits, words = 0, _end_exports(erasure), _words(erasure)
    for holding, run in _uploads(erasure):
        if not _names(run, words):
            continue
        if run.state not in OVER:
            waits = True
            continue
        with recorded(system(TIMER), NAMES, "erase.uploads"):
            deleted = holding.delete([run.pk])
            _note(erasure, deleted)
        gone += deleted
    if not waits:
        with recorded(system(TIMER), LOOKED, "erase.uploads"):
            _note(erasure, over=True)
    return gone


def _end_exports(erasure: Erasure) -> bool:
    """End the exports that may show the buyer in clear; whether one of that time is still being made."""
    asked = ExportRun.objects.filter(asked_at__lte=erasure.erased_at)
    waits = False
    for run in asked.filter(state__in=(*ExportRun.WAITING, *ExportRun.KEPT)).order_by("pk"):
        of_people = hasattr(apps.get_model(run.list_of), "data_subject")
        elsewhere = run.stores is not None and erasure.buyer.store_id not in run.stores
        if elsewhere or not of_people:
            continue
        waits = waits or run.state in ExportRun.WAITING
        end_early(run, MAY_NAME)
    return waits


def _note(erasure: Erasure, deleted: int = 0, *, over: bool = False) -> None:
    held = Erasure.objects.select_for_update().get(pk=erasure.pk)
    held.uploads += deleted
    if over:
        held.uploads_at = clock.now()
    held.save()


def _words(erasure: Erasure) -> set[str]:
    """What a row about the buyer has in one of its cells."""
    numbers = Order.objects.filter(buyer=erasure.buyer_id).values_list("number", flat=True)
    return {erasure.buyer.code, *numbers}


def _uploads(erasure: Erasure) -> Iterable[tuple[Holding, Any]]:
    """The store's files between the buyer's first order and the erasing."""
    orders = Order.objects.filter(buyer=erasure.buyer_id)
    first = orders.aggregate(first=Min("placed_at"))["first"] or erasure.asked_at
    since = first - AHEAD - timedelta(days=1)
    for model, holding in _kinds:
        runs: Any = model.objects
        kept = runs.filter(
            store=erasure.buyer.store_id, uploaded_at__range=(since, erasure.erased_at)
        )
        for run in kept.exclude(file="").order_by("pk"):
            yield holding, run


def _names(run: Any, words: set[str]) -> bool:
    """Whether a cell of the file is one of ``words``; a file that cannot be read might say anything."""
    profile = getattr(run, "profile", None)  # without one a file says by itself how it is written
    separator = {"separator": profile.separator} if profile else {}
    try:
        with closing(opened(run)) as file, closing(read_rows(file, **separator)) as rows:
            return any(as_text(cell).strip() in words for row in rows for cell in row.cells)
    except (BadInput, FileNotFoundError):
        return True
