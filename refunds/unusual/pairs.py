"""Approvals by the same two people, over and over."""

from collections import Counter
from collections.abc import Iterable, Iterator

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.audit.search.unusual import Finding, Period, Unusual
from backoffice.models import User
from refunds.models import RefundBatch, RefundCase
from refunds.unusual.decisions import search

Pair = tuple[int, int]


def batches(user: User | AnonymousUser, period: Period) -> Iterator[Finding]:
    """Makers most of whose batches one and the same checker released."""
    rows = RefundBatch.objects.visible_to(user).filter(
        released_at__gte=period.since, released_at__lt=period.until
    )
    words = _(
        "%(checker)s released %(count)d of the %(total)d batches that %(maker)s built (%(share)d %%)."
    )
    yield from _findings(rows.order_by().values_list("maker", "checker"), words, "release")


def cases(user: User | AnonymousUser, period: Period) -> Iterator[Finding]:
    """First approvers most of whose cases one and the same person approved as the second."""
    rows = RefundCase.objects.visible_to(user).filter(
        decided_at__gte=period.since, decided_at__lt=period.until, second_approver__isnull=False
    )
    words = _(
        "%(checker)s gave the second approval to %(count)d of the %(total)d cases that %(maker)s approved first (%(share)d %%)."
    )
    yield from _findings(
        rows.order_by().values_list("first_approver", "second_approver"), words, "second_approve"
    )


def _findings(rows: Iterable[Pair], words: str, act: str) -> Iterator[Finding]:
    pairs = Counter(rows)
    totals: Counter[int] = Counter()
    for (maker, _checker), count in pairs.items():
        totals[maker] += count
    striking = [
        (count, totals[maker], maker, checker)
        for (maker, checker), count in pairs.items()
        if totals[maker] >= settings.UNUSUAL_PAIR_LEAST
        and count * 100 >= totals[maker] * settings.UNUSUAL_PAIR_SHARE
    ]
    people = User.objects.in_bulk(
        {pk for *_counts, maker, checker in striking for pk in (maker, checker)}
    )
    for count, total, maker, checker in sorted(striking, reverse=True):
        told = {"checker": people[checker], "maker": people[maker], "count": count, "total": total}
        href = search(person=people[checker].get_username(), act=act)
        yield Finding(words % {**told, "share": count * 100 // total}, href=href)


def _limits() -> Iterator[str]:
    yield _("A pair is told from a share of %(share)d %% on, of people with at least %(least)d of them.") % {
        "share": settings.UNUSUAL_PAIR_SHARE,
        "least": settings.UNUSUAL_PAIR_LEAST,
    }  # fmt: skip


QUESTIONS = [
    Unusual(
        "pairs-batches",
        gettext_lazy("Batches built and released by the same pair"),
        gettext_lazy(
            "Two people protect better than one only as long as they do not always have the same opinion."
        ),
        _limits,
        batches,
    ),
    Unusual(
        "pairs-cases",
        gettext_lazy("Cases approved by the same pair"),
        gettext_lazy(
            "A second approval that always comes from the same person may have become a habit."
        ),
        _limits,
        cases,
    ),
]
