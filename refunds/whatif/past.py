"""What happened: past cases in the order in which they were requested, a chunk at a time.

A handful of queries per chunk, whatever is in it; nothing is kept of the chunk before.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Min, Q, QuerySet

from backoffice.actors import RULES, TIMER
from backoffice.money import ZERO
from refunds import risk
from refunds.instant.facts import Facts, photos
from refunds.models import CaseLine, Clock, Evidence, FlaggedSku, Pause, RefundCase, RiskHold, State
from refunds.policies import Situation

CHUNK = 500
BY_RULE, BY_TIMER, BY_PERSON, BY_NOBODY = "rule", "timer", "person", "nobody"
WAYS = (BY_RULE, BY_TIMER, BY_PERSON, BY_NOBODY)


@dataclass(frozen=True)
class Past:
    """One past case. ``way`` and ``at`` are its first decision; a withdrawn one has an end instead."""

    pk: int
    number: str
    situation: Situation
    requested_at: datetime
    channel_due_at: datetime | None
    facts: Facts
    photo_at: datetime | None
    flagged: bool
    buyer_held: bool
    paused: timedelta
    way: str
    at: datetime | None
    approved: Decimal
    pays: bool


def cases(store_id: int, since: datetime, until: datetime) -> QuerySet[RefundCase]:
    """The cases of a period, oldest first; merged duplicates are no cases of their own."""
    rows = RefundCase.objects.filter(
        store=store_id, requested_at__gte=since, requested_at__lt=until, merged_into=None
    )
    return rows.order_by("requested_at", "pk")


Place = tuple[datetime, int]  # behind which the next chunk begins: a case's request, and its id


def chunks(
    rows: QuerySet[RefundCase], *, tells_picking: bool, after: Place | None = None
) -> Iterator[list[Past]]:
    """All of ``rows``, as they were, by keyset: no transaction stays open, no offset grows.

    Where a worker before came as far as ``after``, only what follows.
    """
    rows = rows.select_related("order", "store")
    while True:
        page = rows if after is None else rows.filter(_behind(after))
        found = list(page[:CHUNK])
        if not found:
            return
        yield _read(found, tells_picking=tells_picking)
        after = (found[-1].requested_at, found[-1].pk)


def some(rows: QuerySet[RefundCase], ids: Sequence[int], *, tells_picking: bool) -> dict[int, Past]:
    """Those of ``rows`` with these ids, by id, a chunk at a time."""
    found: dict[int, Past] = {}
    for start in range(0, len(ids), CHUNK):
        page = rows.select_related("order", "store").filter(pk__in=ids[start : start + CHUNK])
        if read := list(page):
            found |= {past.pk: past for past in _read(read, tells_picking=tells_picking)}
    return found


def _behind(place: Place) -> Q:
    at, pk = place
    return Q(requested_at__gt=at) | Q(requested_at=at, pk__gt=pk)


def _read(found: list[RefundCase], *, tells_picking: bool) -> list[Past]:
    ids = [case.pk for case in found]
    about = _About(
        decisions=first_decisions(ids),
        photos=dict(
            photos(Evidence.objects.filter(case__in=ids))
            .order_by()
            .values_list("case")
            .annotate(at=Min("added_at"))
        ),
        categories=_categories(ids),
        flagged=_flagged(found[0].store_id, ids),
        held=set(
            RiskHold.objects.filter(
                buyer__in={case.order.buyer_id for case in found}, active=True
            ).values_list("buyer", flat=True)
        ),
        pauses=_pauses(ids),
    )
    return [_past(case, about, tells_picking=tells_picking) for case in found]


@dataclass(frozen=True)
class _About:
    """What belongs to a chunk's cases, by their ids."""

    decisions: dict[int, tuple[str, datetime, Decimal]]
    photos: dict[int, datetime]
    categories: dict[int, set[str]]
    flagged: set[int]
    held: set[int | None]
    pauses: dict[int, timedelta]


def _past(case: RefundCase, about: _About, *, tells_picking: bool) -> Past:
    way, at, approved = about.decisions.get(case.pk, (BY_NOBODY, None, ZERO))
    return Past(
        pk=case.pk,
        number=case.number,
        situation=Situation(
            case.kind,
            case.store_id,
            case.store.channel,
            case.stage,
            case.reason_id,
            frozenset(about.categories.get(case.pk, set())),
        ),
        requested_at=case.requested_at,
        channel_due_at=case.channel_due_at,
        facts=_facts(case, tells_picking=tells_picking),
        photo_at=about.photos.get(case.pk),
        flagged=case.pk in about.flagged,
        buyer_held=case.order.buyer_id in about.held,
        paused=about.pauses.get(case.pk, timedelta(0)),
        way=way,
        at=at,
        approved=approved,
        pays=case.in_money,
    )


def _facts(case: RefundCase, *, tells_picking: bool) -> Facts:
    """What a rule saw of the case when it was requested."""
    order, record = case.order, risk.thaw(case.risk_figures)
    picked = case.stage != "not_shipped" or bool(
        order.picked_at and order.picked_at <= case.requested_at
    )
    return Facts(
        amount=case.amount_requested,
        currency=case.currency,
        store_currency=case.store.currency,
        refund_only=None if order.buyer_id is None else record.refund_only,
        risk=case.risk,
        picked=picked if picked or tells_picking else None,
    )


def first_decisions(ids: Iterable[int]) -> dict[int, tuple[str, datetime, Decimal]]:
    """Per case: who first took it out of *requested*, when, and how much money that approved."""
    versions = (
        RefundCase.history.filter(id__in=list(ids))
        .exclude(state=State.REQUESTED)
        .order_by("history_id")
        .values_list(
            "id",
            "state",
            "history_user__username",
            "history_date",
            "amount_approved",
            "amount_requested",
        )
    )
    found: dict[int, tuple[str, datetime, Decimal]] = {}
    for pk, state, who, at, approved, requested in versions:
        if pk not in found:
            found[pk] = (_way(state, who), at, _approved(state, approved, requested))
    return found


def _way(state: str, who: str) -> str:
    if state == State.WITHDRAWN:
        return BY_NOBODY
    return {RULES: BY_RULE, TIMER: BY_TIMER}.get(who, BY_PERSON)


def _approved(state: str, approved: Decimal | None, requested: Decimal) -> Decimal:
    if state in (State.REJECTED, State.WITHDRAWN):
        return ZERO
    return requested if approved is None else approved


def _categories(ids: list[int]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    lines = CaseLine.objects.filter(case__in=ids).order_by()
    for pk, category in lines.values_list("case", "order_line__category"):
        found.setdefault(pk, set()).add(category)
    return found


def _flagged(store_id: int, ids: list[int]) -> set[int]:
    skus = FlaggedSku.objects.filter(store=store_id, active=True).values("sku")
    lines = CaseLine.objects.filter(case__in=ids, order_line__sku__in=skus).order_by()
    return set(lines.values_list("case", flat=True))


def _pauses(ids: list[int]) -> dict[int, timedelta]:
    found: dict[int, timedelta] = {}
    rows: Any = Pause.objects.filter(
        case__in=ids, clock=Clock.REVIEW, ended_at__isnull=False
    ).order_by()
    for pk, start, end in rows.values_list("case", "started_at", "ended_at"):
        found[pk] = found.get(pk, timedelta(0)) + (end - start)
    return found
