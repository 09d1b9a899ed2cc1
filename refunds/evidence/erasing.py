"""Files of evidence that go for good: by a person's wish, or because their time is over."""

from collections.abc import Collection
from datetime import datetime
from functools import partial

from django.core.files.storage import storages
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from backoffice.audit.sets import update_set
from backoffice.privacy.retention import Holding
from orders.erasing import Cleaner
from refunds.models import Difference, Evidence


def drop(rows: QuerySet[Evidence]) -> int:
    """Let go of the files of ``rows``, inside ``recorded``; how many rows.

    They are deleted once that is committed. What is killed in between leaves files that no row names,
    and ``evidence.sweep`` takes those away.
    """
    kept = list(rows.exclude(file="").values_list("pk", "file", "preview"))
    if not kept:
        return 0
    names = [name for _pk, *pair in kept for name in pair if name]
    transaction.on_commit(partial(delete_files, names), robust=True)
    return update_set(
        Evidence.objects.filter(pk__in=[pk for pk, *_pair in kept]), file="", preview=""
    )


def _of(people: Collection[int], whose: str) -> QuerySet[Evidence]:
    """What was brought in all cases of ``people``; ``whose`` leads from an order to them."""
    return Evidence.objects.filter(**{f"case__order__{whose}__in": people})


def _count_of(people: Collection[int], whose: str) -> int:
    return _of(people, whose).exclude(file="").count()


def _drop_of(people: Collection[int], whose: str) -> int:
    return drop(_of(people, whose))


def delete_files(names: list[str]) -> None:
    """Take files of evidence from the disk."""
    for name in names:
        storages["evidence"].delete(name)


def _over(moment: datetime) -> QuerySet[Evidence]:
    return Evidence.objects.filter(case__closed_at__lt=moment).exclude(file="")


def _held(rows: Collection[int]) -> set[int]:
    """What belongs to an open dispute or complaint, or to a payout that is not reconciled."""
    among = Evidence.objects.filter(pk__in=rows)
    open_talk = Q(case__disputes__isnull=False, case__disputes__closed_at=None) | Q(
        case__complaints__isnull=False, case__complaints__closed_at=None
    )
    differing = Q(case__payouts__differences__state__in=Difference.WAITING)
    return set(among.filter(open_talk | differing).values_list("pk", flat=True))


def _drop(rows: Collection[int]) -> int:
    return drop(Evidence.objects.filter(pk__in=rows))


WHAT = "refunds.evidence"
CLEANER = Cleaner(WHAT, _count_of, _drop_of)
HOLDING = Holding(WHAT, _("Files of evidence"), _("the end of the case"), _over, _drop, _held)
