"""Refunds to one buyer by one person, over and over."""

from collections.abc import Iterator

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, F, Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.audit.search.unusual import MOST, Finding, Period, Unusual
from backoffice.models import User
from refunds.models import Payout
from refunds.unusual.decisions import search


def find(user: User | AnonymousUser, period: Period) -> Iterator[Finding]:
    """People who approved several payouts to one and the same buyer; the most first."""
    payouts = Payout.objects.visible_to(user).filter(
        queued_at__gte=period.since,
        queued_at__lt=period.until,
        approver__is_system=False,
        case__order__buyer__isnull=False,
    )
    groups = (
        payouts.order_by()
        .values("approver", "case__order__buyer", store=F("case__store__name"))
        .annotate(
            count=Count("case", distinct=True), last=Max("queued_at"), one=Max("case__number")
        )
        .filter(count__gte=settings.UNUSUAL_SAME_BUYER)
        .order_by("-count", "-last")[: MOST + 1]
    )
    rows = list(groups)
    people = User.objects.in_bulk({row["approver"] for row in rows})
    for row in rows:
        words = {
            "who": people[row["approver"]],
            "count": row["count"],
            "store": row["store"],
            "number": row["one"],
        }
        sentence = _(
            "%(who)s approved %(count)d refunds to one buyer of %(store)s, among them %(number)s."
        )
        yield Finding(sentence % words, row["last"], search(number=row["one"]))


def _limits() -> Iterator[str]:
    yield _("Told from %(count)d refunds on, to one buyer by one person in the period.") % {
        "count": settings.UNUSUAL_SAME_BUYER
    }


QUESTIONS = [
    Unusual(
        "buyers",
        gettext_lazy("One person, one buyer, many refunds"),
        gettext_lazy(
            "Somebody who pays out to a friend, or to themselves, does it more than once."
        ),
        _limits,
        find,
    ),
]
