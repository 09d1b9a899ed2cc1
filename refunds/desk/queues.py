"""The desk's queues: which cases wait for whom, and in which order they are worked through."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import (
    Case,
    Exists,
    Expression,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice import clock
from backoffice.models import User
from refunds.desk.claiming import OPEN
from refunds.disputes.standing import UNDECIDED
from refunds.goods.stopping import TO_STOP
from refunds.models import Clock, Complaint, Dispute, Pause, PauseCause, Risk, State

TO_DECIDE = Q(state__in=(State.REQUESTED, State.INSPECTING))
ASKED_FOR_EVIDENCE = Q(time_left__isnull=False) & Exists(
    Pause.objects.filter(case=OuterRef("pk"), ended_at=None, cause=PauseCause.EVIDENCE)
)
WAITS_FOR_BUYER = Q(state=State.AWAITING_RETURN) | Q(clock=Clock.OFFER) | Q(ASKED_FOR_EVIDENCE)
RISK_RANK = Case(
    When(risk=Risk.HIGH, then=Value(0)),
    When(risk=Risk.MEDIUM, then=Value(1)),
    default=Value(2),
    output_field=IntegerField(),
)
BY_DUE = (F("due_at").asc(nulls_last=True), RISK_RANK.asc(), "-pk")
BY_RISK = (RISK_RANK.asc(), F("due_at").asc(nulls_last=True), "-pk")
HAS_COMPLAINT = Q(Exists(Complaint.objects.filter(case=OuterRef("pk"), closed_at=None)))
BY_COMPLAINT = (
    Subquery(Complaint.objects.filter(case=OuterRef("pk"), closed_at=None).values("due_at")).asc(),
    "-pk",
)
CONTESTED = Q(state=State.DISPUTED) | Q(
    Exists(Dispute.objects.filter(UNDECIDED, case=OuterRef("pk")))
)
COUNTED = 1000  # a tab says “999+” from here on: nobody waits for the exact number


@dataclass(frozen=True)
class Queue:
    """One way to look at the work: which cases are in it, and how it is sorted; ``own``: one's own."""

    name: str
    label: str | Promise
    where: Q
    order: tuple[Expression | str, ...] = BY_DUE
    own: bool = False

    def of(self, user: User) -> Q:
        """The cases of the queue for ``user``."""
        return self.where & Q(assignee=user) if self.own else self.where


QUEUES = [
    Queue("due", _("Due next"), TO_DECIDE & Q(time_left=None, due_at__isnull=False)),
    Queue("mine", _("My cases"), Q(closed_at=None, state__in=OPEN), own=True),
    Queue("unassigned", _("Unassigned"), TO_DECIDE & Q(assignee=None)),
    Queue("risk", _("High risk"), TO_DECIDE & Q(risk=Risk.HIGH), BY_RISK),
    Queue("held", _("Held for a person"), TO_DECIDE & ~Q(held_because="")),
    Queue("buyer", _("Waiting for the buyer"), WAITS_FOR_BUYER),
    Queue("complaints", _("Complaints"), HAS_COMPLAINT, BY_COMPLAINT),
    Queue("disputed", pgettext_lazy("queue", "Disputed"), CONTESTED),
    Queue("to_stop", _("Parcels to stop"), TO_STOP, ("decided_at", "pk")),
]
BY_NAME = {queue.name: queue for queue in QUEUES}


def due_within_a_day() -> Q:
    """What waits for the store's decision and is due within 24 hours, or overdue."""
    return TO_DECIDE & Q(due_at__lte=clock.now() + timedelta(days=1))


class CountOf(Subquery):
    """How many rows a query has, as a column: many bounded counts in one question."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()


def counts(conditions: dict[str, Q], cases: QuerySet, user: User) -> dict[str, int]:
    """How many of ``cases`` meet each condition, up to ``COUNTED``; one query for all of them."""
    rows = {
        name: CountOf(cases.filter(condition).order_by().values("pk")[:COUNTED])
        for name, condition in conditions.items()
    }
    found: dict[str, Any] = {**User.objects.filter(pk=user.pk).values(**rows).get()}
    return found
