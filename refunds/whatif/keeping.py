"""What is kept of a replay while it runs, so that a worker that is killed costs a few chunks, no more.

Kept is what the figures are by then, what waits at either desk, and how far the cases were read. The
cases that wait are read again by their ids; everything else is plain numbers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from refunds.models import PolicyReplay, ReplayCheckpoint
from refunds.whatif.desk import Desk
from refunds.whatif.figures import Differences, Sum, Tally
from refunds.whatif.past import Past, Place
from refunds.whatif.people import People

Read = Callable[[Sequence[int]], dict[int, Past]]
Kept = dict[str, Any]


@dataclass
class Run:
    """A replay under way: two desks, what each has counted, and behind which case it goes on."""

    people: People
    tallies: dict[str, Tally]
    desks: dict[str, Desk]
    differences: Differences
    seen: int = 0
    place: Place | None = None


def checkpoint_of(replay: PolicyReplay) -> ReplayCheckpoint | None:
    """What an earlier worker kept, if there is anything."""
    return ReplayCheckpoint.objects.filter(replay=replay).first()


def keep(run: Run, replay: PolicyReplay) -> None:
    """Keep how far ``run`` has come, in place of what was kept before."""
    if run.place is None:
        return
    at, pk = run.place
    kept = {
        "people": _people(run.people),
        "tallies": {name: _tally(tally) for name, tally in run.tallies.items()},
        "desks": {name: _desk(desk) for name, desk in run.desks.items()},
        "differences": {
            "cases": run.differences.cases,
            "examples": run.differences.examples,
            "half": list(run.differences.half.items()),
        },
    }
    ReplayCheckpoint.objects.update_or_create(
        replay=replay,
        defaults={"last_requested_at": at, "last_pk": pk, "seen": run.seen, "kept": kept},
    )


def forget(replay: PolicyReplay) -> None:
    """The replay has ended: nobody goes on with it."""
    ReplayCheckpoint.objects.filter(replay=replay).delete()


def people_of(checkpoint: ReplayCheckpoint) -> People:
    """How people decide, as it was observed when the replay began."""
    kept = checkpoint.kept["people"]
    return People(
        {kind: timedelta(seconds=seconds) for kind, seconds in kept["times"].items()},
        {kind: Decimal(share) for kind, share in kept["shares"].items()},
    )


def take_up(run: Run, checkpoint: ReplayCheckpoint, read: Read) -> None:
    """Bring ``run``, which has done nothing yet, to where it was kept; ``read`` finds cases by id."""
    kept = checkpoint.kept
    for name, tally in run.tallies.items():
        _count_again(tally, kept["tallies"][name])
    for name, desk in run.desks.items():
        _wait_again(desk, kept["desks"][name], read)
    run.differences.cases = kept["differences"]["cases"]
    run.differences.examples.extend(kept["differences"]["examples"])
    run.differences.half.update(kept["differences"]["half"])
    run.seen = checkpoint.seen
    run.place = (checkpoint.last_requested_at, checkpoint.last_pk)


def _people(people: People) -> Kept:
    return {
        "times": {kind: time.total_seconds() for kind, time in people.times.items()},
        "shares": {kind: str(share) for kind, share in people.shares.items()},
    }


def _tally(tally: Tally) -> Kept:
    return {
        "ways": _sums(tally.ways),
        "weeks": {week: _sums(ways) for week, ways in tally.weeks.items()},
        "took": [tally.took.days, tally.took.seconds, tally.took.microseconds],
        "decided": tally.decided,
        "capped": tally.capped,
    }


def _sums(ways: dict[str, Sum]) -> Kept:
    return {way: [total.cases, str(total.money)] for way, total in ways.items()}


def _count_again(tally: Tally, kept: Kept) -> None:
    for ways, sums in (
        (tally.ways, kept["ways"]),
        *((tally.weeks[week], sums) for week, sums in kept["weeks"].items()),
    ):
        ways.update({way: Sum(cases, Decimal(money)) for way, (cases, money) in sums.items()})
    tally.took = timedelta(*kept["took"])
    tally.decided, tally.capped = kept["decided"], kept["capped"]


def _desk(desk: Desk) -> Kept:
    return {
        "waiting": [
            [at.isoformat(), what, waiting.past.pk, waiting.capped]
            for at, what, waiting in desk.still_waiting()
        ],
        "rooms": {
            day.isoformat(): [room.cases, str(room.money), _plain(room.used)]
            for day, room in desk.rooms.items()
        },
    }


def _plain(used: dict[str, Decimal]) -> dict[str, str]:
    return {currency: str(money) for currency, money in used.items()}


def _wait_again(desk: Desk, kept: Kept, read: Read) -> None:
    cases = read([pk for _at, _what, pk, _capped in kept["waiting"]])
    for at, what, pk, capped in kept["waiting"]:
        if pk in cases:
            desk.wait_again(datetime.fromisoformat(at), what, cases[pk], capped=capped)
    for day, (left, money, used) in kept["rooms"].items():
        room = desk.room_of(date.fromisoformat(day))
        room.cases, room.money = left, Decimal(money)
        room.used.update({currency: Decimal(sum_) for currency, sum_ in used.items()})
