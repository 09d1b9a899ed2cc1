"""How people decided in the period: what the model assumes where it cannot know."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Q, QuerySet, Sum

from backoffice.money import ZERO
from refunds.models import DecidedBy, RefundCase, State


@dataclass(frozen=True)
class People:
    """Per kind: the mean time that people took, and the share of the money that they approved."""

    times: dict[str, timedelta] = field(default_factory=dict)
    shares: dict[str, Decimal] = field(default_factory=dict)

    def time(self, kind: str) -> timedelta | None:
        """The usual time for a kind; for all kinds where nobody decided one; ``None`` for no case."""
        return self.times.get(kind, self.times.get(""))

    def approve(self, kind: str, requested: Decimal) -> Decimal:
        """What people would have approved of ``requested``."""
        share = self.shares.get(kind, self.shares.get("", Decimal(1)))
        return (requested * share).quantize(Decimal("0.01"))


def observe(cases: QuerySet[RefundCase]) -> People:
    """Look at the cases that people decided, in one query."""
    taken = ExpressionWrapper(F("decided_at") - F("requested_at"), output_field=DurationField())
    decided = Q(decided_by=DecidedBy.PERSON)
    rows = (
        cases.order_by()
        .values_list("kind")
        .annotate(
            n=Count("pk", filter=decided),
            time=Avg(taken, filter=decided),
            asked=Sum("amount_requested", filter=decided | Q(state=State.REJECTED), default=ZERO),
            given=Sum("amount_approved", filter=decided, default=ZERO),
        )
    )
    return _people([row for row in rows if row[1]])


def _people(rows: list[tuple[str, int, timedelta, Decimal, Decimal]]) -> People:
    if not rows:
        return People()
    whole = sum(n for _kind, n, *_rest in rows)
    times = {kind: time for kind, _n, time, *_rest in rows}
    times[""] = sum((time * n for _kind, n, time, *_rest in rows), timedelta(0)) / whole
    shares = {kind: _share(given, asked) for kind, _n, _time, asked, given in rows}
    shares[""] = _share(sum((row[4] for row in rows), ZERO), sum((row[3] for row in rows), ZERO))
    return People(times, shares)


def _share(given: Decimal, asked: Decimal) -> Decimal:
    return min(given / asked, Decimal(1)) if asked else Decimal(1)
