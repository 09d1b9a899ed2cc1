"""The log's watch: whether rows are sealed, signed, anchored and verified in time is asked at every tick.

It runs beside the sequencer and the verifier, so that it notices when they do not run.
"""

from collections.abc import Iterator
from datetime import timedelta

from django.core.cache import cache

from backoffice.audit.log import alarms
from backoffice.audit.log.alarms import Alarm, Kind
from backoffice.audit.log.anchoring import last_anchored
from backoffice.audit.log.anchors import anchors
from backoffice.audit.log.keys import signing_keys
from backoffice.audit.log.models import Checkpoint
from backoffice.audit.log.scheduling import is_overdue
from backoffice.audit.log.standing import is_late
from backoffice.audit.log.ticking import COVERED, TROUBLE
from backoffice.clock import now
from backoffice.models import Heartbeat

EVERY = 30  # seconds
PATIENCE = timedelta(minutes=15)  # for an anchor that is away
KINDS = (Kind.FORKED, Kind.LATE, Kind.ANCHOR, Kind.OVERDUE)


def watch_now_and_then() -> None:
    """For the tick: look every half minute, on one machine."""
    if cache.add("history-watched", 1, EVERY):
        watch()


def watch() -> None:
    """Ask everything once; raise, end and mail the alarms that follow."""
    if signing_keys():  # from the first look on, rows have to be signed
        Heartbeat.objects.get_or_create(name=COVERED, defaults={"at": now()})
        alarms.settle(KINDS, _found())
    alarms.mail()


def _found() -> Iterator[Alarm]:
    if cache.get(TROUBLE):
        yield Kind.FORKED, ""
    if is_late():
        yield Kind.LATE, ""
    if is_overdue():
        yield Kind.OVERDUE, ""
    for anchor in anchors():
        last = last_anchored(anchor)
        missed = Checkpoint.objects.filter(size__gt=last.size if last else 0).first()
        if missed and now() - missed.at > PATIENCE:
            yield Kind.ANCHOR, anchor.name
