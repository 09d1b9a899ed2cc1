"""The ledger's watch: what has to hold of money is asked while the program runs, not once a year.

What does not hold is an alarm, logged when it is new and shown until it holds again.
"""

import logging
from itertools import islice

from django.core.cache import cache
from django.utils import translation

from backoffice import clock
from backoffice.health import beat
from refunds.ledger.checking import Finding, findings
from refunds.models import LedgerAlarm

log = logging.getLogger(__name__)
EVERY = 600  # seconds
MOST = 500  # alarms kept at once: what broke so badly needs no longer list
NAME = "ledger"


def watch_now_and_then() -> int | None:
    """For the tick: look every ten minutes, on one machine; ``None`` when it is not time."""
    return watch() if cache.add("ledger-watched", 1, EVERY) else None


def watch() -> int:
    """Ask everything once; gives how many alarms stand afterwards."""
    found = set(islice(findings(), MOST))
    standing = {_finding(alarm): alarm for alarm in LedgerAlarm.objects.filter(gone_at=None)}
    over = [alarm.pk for finding, alarm in standing.items() if finding not in found]
    LedgerAlarm.objects.filter(pk__in=over).update(gone_at=clock.now())
    _raise([finding for finding in found if finding not in standing])
    beat(NAME)
    return len(found)


def _finding(alarm: LedgerAlarm) -> Finding:
    return Finding(alarm.kind, alarm.about, alarm.store_id)


def _raise(new: list[Finding]) -> None:
    rows = [
        LedgerAlarm(
            kind=finding.kind, about=finding.about, store_id=finding.store, found_at=clock.now()
        )
        for finding in new
    ]
    LedgerAlarm.objects.bulk_create(rows, ignore_conflicts=True)
    with translation.override("en"):
        for row in rows:
            log.error("The ledger does not hold: %s", row)


def health() -> str:
    """For ``/healthz``: whether any alarm stands. Not why the program should be taken for dead."""
    return "broken" if LedgerAlarm.objects.filter(gone_at=None).exists() else "ok"
