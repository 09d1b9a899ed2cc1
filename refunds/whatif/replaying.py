"""One replay from beginning to end: the same cases, decided by two desks side by side."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from merchants import calendars
from orders.models import Shipment
from refunds.models import PolicyReplay, RefundCase
from refunds.whatif import past
from refunds.whatif.desk import Desk, Outcome
from refunds.whatif.draft import scenarios
from refunds.whatif.figures import Differences, Tally
from refunds.whatif.people import observe

Progress = Callable[[int], None]


def cases_of(replay: PolicyReplay) -> QuerySet[RefundCase]:
    """The cases of the replay's period, in the store's own days, up to when it was asked for."""
    zone = ZoneInfo(replay.store.time_zone)
    since = datetime.combine(replay.since, time.min, zone)
    until = datetime.combine(replay.until + timedelta(days=1), time.min, zone)
    return past.cases(replay.store_id, since, min(until, replay.made_at))


def replayed(replay: PolicyReplay, progress: Progress) -> dict[str, Any]:
    """The figures of the replay; it reads only. ``progress`` hears how many cases were seen."""
    cases, people = cases_of(replay), observe(cases_of(replay))
    zone, differences = ZoneInfo(replay.store.time_zone), Differences()
    tallies, desks = {}, []
    for name, scenario in zip(("now", "draft"), scenarios(replay), strict=True):
        tallies[name] = Tally(replay.store.currency, zone)
        tell = partial(_tell, name, tallies[name], differences)
        desks.append(Desk(scenario, people, tell))
    with calendars.remembered():
        _run(cases, desks, replay, progress)
    return {
        **{name: tally.plain() for name, tally in tallies.items()},
        "differences": differences.cases,
        "examples": differences.examples,
        "currency": replay.store.currency,
        "usual_seconds": {kind: round(t.total_seconds()) for kind, t in people.times.items()},
    }


def _tell(
    name: str, tally: Tally, differences: Differences, case: past.Past, outcome: Outcome
) -> None:
    tally.add(case, outcome)
    differences.add(name, case, outcome)


def _run(
    cases: QuerySet[RefundCase], desks: list[Desk], replay: PolicyReplay, progress: Progress
) -> None:
    seen = 0
    for chunk in past.chunks(cases, tells_picking=_tells_picking(replay)):
        for case in chunk:
            for desk in desks:
                desk.take(case)
        seen += len(chunk)
        progress(seen)
    for desk in desks:
        desk.finish(replay.made_at)


def _tells_picking(replay: PolicyReplay) -> bool:
    """Whether the store ever said when goods were picked."""
    told = Shipment.objects.filter(order__store=replay.store_id, order__picked_at__isnull=False)
    return told.exists()
