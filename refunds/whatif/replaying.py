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
from refunds.whatif import keeping, past
from refunds.whatif.desk import Desk, Outcome
from refunds.whatif.draft import scenarios
from refunds.whatif.figures import Differences, Tally
from refunds.whatif.keeping import Run
from refunds.whatif.people import observe

Progress = Callable[[int], None]
KEEP_EVERY = 4  # chunks: what a killed worker costs at most


def cases_of(replay: PolicyReplay) -> QuerySet[RefundCase]:
    """The cases of the replay's period, in the store's own days, up to when it was asked for."""
    zone = ZoneInfo(replay.store.time_zone)
    since = datetime.combine(replay.since, time.min, zone)
    until = datetime.combine(replay.until + timedelta(days=1), time.min, zone)
    return past.cases(replay.store_id, since, min(until, replay.made_at))


def replayed(replay: PolicyReplay, progress: Progress) -> dict[str, Any]:
    """The figures of the replay; it changes no case. ``progress`` hears how many cases were seen.

    It goes on from what an earlier worker kept of it, if there is anything.
    """
    with calendars.remembered():
        run = _begun(replay)
        _go_on(run, replay, progress)
    return {
        **{name: tally.plain() for name, tally in run.tallies.items()},
        "differences": run.differences.cases,
        "examples": run.differences.examples,
        "currency": replay.store.currency,
        "usual_seconds": {kind: round(t.total_seconds()) for kind, t in run.people.times.items()},
    }


def _begun(replay: PolicyReplay) -> Run:
    """The two desks with nothing done yet, or as they were when the last worker kept them."""
    cases, checkpoint = cases_of(replay), keeping.checkpoint_of(replay)
    people = keeping.people_of(checkpoint) if checkpoint else observe(cases)
    zone, differences = ZoneInfo(replay.store.time_zone), Differences()
    tallies, desks = {}, {}
    for name, scenario in zip(("now", "draft"), scenarios(replay), strict=True):
        tallies[name] = Tally(replay.store.currency, zone)
        desks[name] = Desk(scenario, people, partial(_tell, name, tallies[name], differences))
    run = Run(people, tallies, desks, differences)
    if checkpoint:
        read = partial(past.some, cases, tells_picking=_tells_picking(replay))
        keeping.take_up(run, checkpoint, read)
    return run


def _tell(
    name: str, tally: Tally, differences: Differences, case: past.Past, outcome: Outcome
) -> None:
    tally.add(case, outcome)
    differences.add(name, case, outcome)


def _go_on(run: Run, replay: PolicyReplay, progress: Progress) -> None:
    cases, picking = cases_of(replay), _tells_picking(replay)
    chunks = past.chunks(cases, tells_picking=picking, after=run.place)
    for n, chunk in enumerate(chunks, 1):
        for case in chunk:
            for desk in run.desks.values():
                desk.take(case)
        run.seen, run.place = run.seen + len(chunk), (chunk[-1].requested_at, chunk[-1].pk)
        progress(run.seen)
        if n % KEEP_EVERY == 0:
            keeping.keep(run, replay)
    for desk in run.desks.values():
        desk.finish(replay.made_at)


def _tells_picking(replay: PolicyReplay) -> bool:
    """Whether the store ever said when goods were picked."""
    told = Shipment.objects.filter(order__store=replay.store_id, order__picked_at__isnull=False)
    return told.exists()
