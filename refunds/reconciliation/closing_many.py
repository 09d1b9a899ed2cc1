"""Closing many quiet days at once: each by itself and by the rules of one, each with a result."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from backoffice import clock
from backoffice.actors import Actor
from backoffice.exceptions import BackofficeError
from refunds.models import Difference, ReconciliationDay
from refunds.reconciliation.closing import AFTER, close

MOST = 100


class TooManyDays(BackofficeError):
    """More days were chosen than a person can look at."""

    message = _("Choose at most 100 days at once, so that you can look at what you close.")


@dataclass(frozen=True)
class Result:
    """What became of one day: closed, or why not."""

    day: ReconciliationDay
    refusal: str = ""


def to_close(rows: QuerySet[ReconciliationDay]) -> QuerySet[ReconciliationDay]:
    """Those of ``rows`` that are over, reported as a whole, and on which nothing differed."""
    differing = Difference.objects.exclude(state=Difference.State.RESOLVED)
    return rows.filter(
        ~Exists(differing.filter(day=OuterRef("pk"))),
        state=ReconciliationDay.State.OPEN,
        ends_at__lte=clock.trusted_now() - AFTER,
        reported_at__gte=F("ends_at"),
    )


def close_many(*, day_ids: Sequence[int], actor: Actor, note: str = "") -> list[Result]:
    """Close each of the days on which nothing differs; one refusal stops no other.

    Days that ``actor`` does not see are passed over. Raises ``TooManyDays`` above 100.
    """
    if len(day_ids) > MOST:
        raise TooManyDays
    visible = ReconciliationDay.objects.visible_to(actor.user).select_related("store")
    days = visible.in_bulk(list(day_ids))
    return [_close(days[pk], actor, note) for pk in dict.fromkeys(day_ids) if pk in days]


def _close(day: ReconciliationDay, actor: Actor, note: str) -> Result:
    try:
        return Result(close(day_id=day.pk, actor=actor, note=note, quiet=True))
    except BackofficeError as refusal:
        return Result(day, str(refusal))
