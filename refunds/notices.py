"""Telling people to look at a case: each thing once, however often it is said."""

from collections.abc import Iterable

from django.contrib.auth.models import AnonymousUser
from django.db.models import F, QuerySet

from backoffice import clock
from backoffice.models import User
from refunds.models import Notice, RefundCase

SEE = "refunds.view_refundcase"


def tell(*, recipients: User | Iterable[User], case: RefundCase, kind: str, about: str) -> None:
    """Tell ``recipients`` that there is something to see on ``case``.

    ``kind`` is one of ``Notice.Kind``; ``about`` says what it is about, like “message 17”: the same
    person is told the same thing about a case once, also by two workers at the same moment.
    """
    people = [recipients] if isinstance(recipients, User) else recipients
    keep(
        Notice(case=case, recipient=person, kind=kind, about=about[:80], made_at=clock.now())
        for person in people
    )


def keep(notices: Iterable[Notice]) -> None:
    """Write ``notices``, but for those that were told before."""
    Notice.objects.bulk_create(notices, ignore_conflicts=True, batch_size=500)


def of(user: User | AnonymousUser) -> QuerySet[Notice]:
    """What ``user`` was told about cases that they may still see: the newest first, unseen before seen."""
    return (
        Notice.objects.visible_to(user)
        .select_related("case__order__buyer", "case__store")
        .order_by(F("seen_at").desc(nulls_first=True), "-made_at", "-pk")
    )


def unseen(user: User | AnonymousUser) -> QuerySet[Notice]:
    """What ``user`` has not looked at yet, newest first."""
    return of(user).filter(seen_at=None)


def see(notices: QuerySet[Notice]) -> int:
    """Note that these were looked at; gives how many were new."""
    return notices.filter(seen_at=None).order_by().update(seen_at=clock.now())
