"""A case's relatives in its own store: of the same order, the same buyer, the same article."""

from dataclasses import dataclass, field
from datetime import timedelta

from django.db.models import Q, QuerySet

from backoffice import clock
from backoffice.models import User
from refunds.models import RefundCase, State

SINCE = timedelta(days=90)
MOST = 6


@dataclass
class Relatives:
    """Cases by what they share with the one looked at, the newest first; each case once."""

    order: list[RefundCase] = field(default_factory=list)
    buyer: list[RefundCase] = field(default_factory=list)
    article: list[RefundCase] = field(default_factory=list)
    likely_duplicates: list[RefundCase] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.order or self.buyer or self.article)


def relatives(case: RefundCase, user: User) -> Relatives:
    """The relatives of ``case`` that ``user`` may see. Its lines are prefetched; three queries."""
    seen = RefundCase.objects.visible_to(user).filter(store=case.store_id).exclude(pk=case.pk)
    found = Relatives(order=_latest(seen.filter(order=case.order_id).prefetch_related("lines")))
    if case.order.buyer_id:
        others = seen.filter(order__buyer=case.order.buyer_id).exclude(order=case.order_id)
        found.buyer = _latest(others)
    known = {row.pk for row in [*found.order, *found.buyer]}
    found.article = [row for row in _same_article(case, seen) if row.pk not in known][:MOST]
    found.likely_duplicates = [row for row in found.order if _is_likely_duplicate(row, case)]
    return found


def _latest(cases: QuerySet[RefundCase]) -> list[RefundCase]:
    return list(cases.order_by("-pk")[:MOST])


def _same_article(case: RefundCase, seen: QuerySet[RefundCase]) -> list[RefundCase]:
    """Recent cases about one of the same articles: many of them say more than one."""
    skus = {line.order_line.sku for line in case.lines.all()}
    if not skus:
        return []
    recent = Q(requested_at__gte=clock.now() - SINCE)
    cases = seen.filter(recent, lines__order_line__sku__in=skus).exclude(order=case.order_id)
    return list(cases.distinct().order_by("-pk")[: 2 * MOST])


def _is_likely_duplicate(other: RefundCase, case: RefundCase) -> bool:
    """About a line that this case is about, too, and neither was withdrawn nor refused."""
    if other.state in (State.WITHDRAWN, State.REJECTED):
        return False
    about = {line.order_line_id for line in case.lines.all()}
    return not about.isdisjoint(line.order_line_id for line in other.lines.all())
