"""What the timer cannot go on with, and cannot even write that down in: it waits longer each time.

The third failure tells people, once. The row is deleted when the timer could go on, or need not.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from merchants.people import holders
from refunds import notices
from refunds.models import Notice, RefundCase, TimerTrouble

At = TimerTrouble.At
FIRST, LONGEST = timedelta(minutes=1), timedelta(hours=6)
ATTEMPTS = 3  # after which people are told
TOLD = "refunds.assign_refundcase"  # who hears of it: those who see to it that cases go on


def resting(kind: str, at: datetime) -> set[int]:
    """The cases that are not tried again yet; as a rule, none."""
    rows = TimerTrouble.objects.filter(at=kind, next_at__gt=at)
    return set(rows.values_list("case", flat=True))


def note(case_id: int, kind: str, at: datetime) -> None:
    """One more failure: the next try is later than the one before, and people are told of the third."""
    with transaction.atomic():
        rows = TimerTrouble.objects.select_for_update(of=("self",))
        row, _new = rows.get_or_create(
            case_id=case_id, at=kind, defaults={"began_at": at, "next_at": at}
        )
        row.failures += 1
        row.next_at = at + min(FIRST * 2 ** min(row.failures - 1, 20), LONGEST)
        row.save()
        if row.failures == ATTEMPTS:
            _tell(row)


def forget(kind: str, due: QuerySet[RefundCase]) -> None:
    """Let go of what is not ``due`` any more."""
    rows = TimerTrouble.objects.filter(at=kind)
    if rows.exists():
        rows.exclude(case__in=due.values("pk")).delete()


def _tell(row: TimerTrouble) -> None:
    case = RefundCase.objects.select_related("store").get(pk=row.case_id)
    notices.tell(
        recipients=holders(TOLD, case.store),
        case=case,
        kind=Notice.Kind.STUCK,
        about=f"timer {row.at} {row.began_at:%Y-%m-%d %H:%M:%S.%f}",
    )
