"""Holding a day's ledger, bank and payouts against each other: in sets, and as often as one likes.

What differs becomes a row once; what agrees by now is resolved; matching again changes nothing. Locks
are taken in the order days, orders, cases, payouts.
"""

from collections.abc import Mapping
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    DateTimeField,
    Exists,
    F,
    OuterRef,
    QuerySet,
    Subquery,
    UUIDField,
    Value,
    When,
)
from django.utils.translation import gettext_lazy, gettext_noop

from backoffice import clock
from backoffice.actors import Actor
from backoffice.among import Among
from backoffice.audit.recording import recorded
from backoffice.audit.sets import insert_set, update_set
from backoffice.audit.timeline import register_action_labels
from refunds.models import Difference, ReconciliationDay
from refunds.payouts.bounces import bounce
from refunds.reconciliation.days import locked
from refunds.reconciliation.finding import (
    KIND_OF,
    judged,
    payouts_that_differ,
    to_bounce,
)

REASON = gettext_noop("Ledger, bank and payouts were held against each other.")
PAGE = 500  # returns booked at a time
State = Difference.State
register_action_labels({"match": gettext_lazy("Held against each other")}.get)


def match(*, day_id: int, actor: Actor) -> dict[str, int]:
    """Find what differs on the day; gives how many were ``bounced``, ``opened`` and ``resolved``.

    Payouts that the bank returned are taken back first, on behalf of ``actor``. A closed day is
    left alone. Raises ``NotAllowed`` where ``actor`` may not say what the bank did.
    """
    with recorded(actor, REASON, "match"):
        day = locked([ReconciliationDay(pk=day_id)]).get(day_id)
        if day is None or day.state == ReconciliationDay.State.CLOSED:
            return {"bounced": 0, "opened": 0, "resolved": 0}
        bounced = _take_back(day, actor)
        resolved = _resolve(day)
        return {"bounced": bounced, "opened": _open(day), "resolved": resolved}


def _take_back(day: ReconciliationDay, actor: Actor) -> int:
    done, last = 0, 0
    while page := list(
        to_bounce(day).filter(pk__gt=last).order_by("pk").values_list("pk", "paid", "reason")[:PAGE]
    ):
        done += len(bounce(reasons={paid: why for _pk, paid, why in page}, actor=actor))
        last = page[-1][0]
    return done


def _open(day: ReconciliationDay) -> int:
    """A row for everything that differs and has none."""
    differing = judged(day).exclude(detail="").exclude(_known(line=OuterRef("pk")))
    late_for = ReconciliationDay.objects.filter(
        store=OuterRef("store"),
        account=OuterRef("account"),
        currency=OuterRef("currency"),
        day=OuterRef("booked_on"),
    ).exclude(pk=day.pk)
    count = _insert(
        differing,
        day,
        detail=F("detail"),
        kind=_kind(),
        line_id=F("pk"),
        payout_id=F("paid"),
        late_for_id=Subquery(late_for.values("pk")[:1]),
        loaded_by_id=F("run__uploaded_by"),
        loaded_person=F("run__uploaded_by__person"),
    )
    for detail, payouts in payouts_that_differ(day).items():
        unknown = payouts.exclude(_known(payout=OuterRef("pk"), detail=detail))
        count += _insert(
            unknown,
            day,
            detail=Value(detail),
            kind=Value(KIND_OF[Difference.Detail(detail)]),
            payout_id=F("pk"),
            loaded_by_id=Value(day.loaded_by_id, output_field=BigIntegerField()),
            loaded_person=Value(day.loaded_person, output_field=UUIDField()),
        )
    return count


def _known(**about: Any) -> Exists:
    """There is such a row, and it was not resolved."""
    about.setdefault("detail", OuterRef("detail"))
    return Exists(Difference.objects.filter(**about).exclude(state=State.RESOLVED))


def _kind() -> Case:
    cases = [When(detail=detail, then=Value(kind)) for detail, kind in KIND_OF.items()]
    return Case(*cases, output_field=CharField())


def _insert(source: QuerySet, day: ReconciliationDay, **values: Any) -> int:
    at = Value(clock.now(), output_field=DateTimeField())
    columns: Mapping[str, Any] = {
        name.removesuffix("_id"): value
        for name, value in {
            **values,
            "day": Value(day.pk),
            "store": Value(day.store_id),
            "opened_at": at,
        }.items()
    }
    return len(insert_set(Difference, source.order_by("pk"), columns))


def _resolve(day: ReconciliationDay) -> int:
    """Close what agrees by now, and is neither signed nor about something else than before."""
    waiting = Difference.objects.filter(day=day, state__in=Difference.WAITING)
    still = judged(day).filter(pk=OuterRef("line"), detail=OuterRef("detail"))
    gone = list(waiting.filter(~Exists(still), line__isnull=False).values_list("pk", flat=True))
    for detail, payouts in payouts_that_differ(day).items():
        ours = waiting.filter(line=None, detail=detail)
        same = payouts.filter(pk=OuterRef("payout"))
        gone += ours.filter(~Exists(same)).values_list("pk", flat=True)
    if not gone:
        return 0
    return update_set(Difference.objects.filter(Among("pk", gone)), state=State.RESOLVED)
