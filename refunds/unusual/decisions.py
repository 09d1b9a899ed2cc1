"""Decisions on cases that people made, as history has them: one change of state each."""

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.urls import reverse
from django.utils.http import urlencode

from backoffice.audit.search.models import ChangeEntry, ChangeQuerySet
from backoffice.audit.search.unusual import MOST, Period
from backoffice.models import User
from refunds.models import RefundCase

APPROVALS = ("approve", "second_approve", "accept_return", "dismiss", "uphold", "award_damages")
DECIDING = (*APPROVALS, "reject", "decide_appeal", "refuse_advance", "pay_in_advance")
CASE = RefundCase._meta.label_lower


def decisions(user: User | AnonymousUser, period: Period) -> ChangeQuerySet:
    """The decisions of people in that time, newest first."""
    changes = ChangeEntry.objects.visible_to(user).filter(
        model=CASE,
        field="state",
        at__gte=period.since,
        at__lt=period.until,
        action__in=DECIDING,
        actor__is_system=False,
    )
    return changes.order_by("-at", "-pk")


def newest(rows: Any, *names: str) -> Iterator[dict[str, Any]]:
    """The newest of ``rows``, each of which is a finding: as many as are told, and one that says there are more."""
    return rows.values("row", "number", "at", "actor_name", *names)[: MOST + 1]


def history_of(row: int) -> str:
    """Where a case's life is read."""
    return reverse("admin:refunds_refundcase_history", args=[row])


def search(**question: Any) -> str:
    """The search that shows what a finding is made of."""
    return f"{reverse('admin:backoffice_changeentry_changelist')}?{urlencode(question)}"
