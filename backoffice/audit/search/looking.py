"""A look along one index: from the newest change on, so many and no more, keeping those that fit.

A database that were left to choose among several indexes would guess how often their filters meet, and guess
wrong where they hardly ever do. So the look itself is one filter and a limit, and all else is asked of what it
brings.
"""

from collections.abc import Sequence

from django.db.models import Case, Q, QuerySet, Value, When

from backoffice.audit.search.cuts import Cut
from backoffice.audit.search.models import ChangeEntry

PROBE = 2_000  # changes of each filter that show how far back it reaches
ANY = Q(pk__isnull=False)
LOOKED = "SELECT id, at FROM (%s) looked WHERE fits = 1 ORDER BY at DESC, id DESC LIMIT %d"


def look(ways: Sequence[Q], fits: Q, *, wanted: int, most: int) -> tuple[list[Cut], Cut | None]:
    """The newest changes that ``fits``, ``wanted`` at most, of the first ``most`` along one of ``ways``.

    Each way is a filter that an index leads along by time; the one that reaches back furthest is taken. Also
    gives where the look ended, if it ended before there were as many, and before all was looked at.
    """
    way = _furthest(ways, min(PROBE, most))
    found = _fitting(way, fits, wanted, most)
    return found, _last(way, most) if len(found) < wanted else None


def _furthest(ways: Sequence[Q], probe: int) -> Q:
    """The way on which so many changes take the longest time, or are all there are."""
    if len(ways) == 1:
        return ways[0]
    depths: list[tuple[Cut, int]] = []
    for number, way in enumerate(ways):
        last = _last(way, probe)
        if last is None:
            return way
        depths.append((last, number))
    return ways[min(depths)[1]]


def _fitting(way: Q, fits: Q, wanted: int, most: int) -> list[Cut]:
    told = Case(When(fits or ANY, then=Value(1)), default=Value(0))
    looked = _along(way).annotate(fits=told).values_list("id", "at", "fits")[:most]
    statement, values = looked.query.sql_with_params()
    entries = ChangeEntry.objects.raw(LOOKED % (statement, wanted), values)
    return [Cut(entry.at, entry.pk) for entry in entries]


def _last(way: Q, most: int) -> Cut | None:
    """Where a look at so many ends; ``None`` where it sees all."""
    last = _along(way).values_list("at", "pk")[most - 1 : most + 1]
    ends = [Cut(*cut) for cut in last]
    return ends[0] if len(ends) == 2 else None


def _along(way: Q) -> QuerySet[ChangeEntry]:
    return ChangeEntry.objects.filter(way).order_by("-at", "-pk")
