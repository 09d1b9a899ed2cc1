"""Where each supplier stands: the latest published score, and the rank within its merchant."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from django.contrib.auth.models import AnonymousUser

from backoffice.models import User
from merchants.models import Assessment, Merchant, Supplier


@dataclass(frozen=True)
class Place:
    """A supplier's rank among its merchant's suppliers; equal scores share one."""

    rank: int
    supplier: Supplier
    assessment: Assessment


def latest_published(user: User | AnonymousUser) -> list[Assessment]:
    """Each supplier's latest published assessment that ``user`` may see, one row per supplier."""
    published = (
        Assessment.objects.visible_to(user)
        .filter(state=Assessment.State.PUBLISHED)
        .select_related("supplier__merchant", "template")
        .order_by("supplier__merchant__name", "supplier__merchant", "supplier", "-period", "-pk")
    )
    return [next(rows) for _supplier, rows in groupby(published, key=lambda row: row.supplier_id)]


def ranking(user: User | AnonymousUser) -> list[tuple[Merchant, list[Place]]]:
    """Per merchant, the assessed suppliers from the best score down."""
    by_merchant = groupby(latest_published(user), key=lambda row: row.supplier.merchant)
    return [(merchant, _places(rows)) for merchant, rows in by_merchant]


def _places(assessments: Iterable[Assessment]) -> list[Place]:
    best_first = sorted(assessments, key=lambda row: (-(row.score or 0), row.supplier.name))
    scores = [row.score for row in best_first]
    return [Place(scores.index(row.score) + 1, row.supplier, row) for row in best_first]
