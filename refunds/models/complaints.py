"""Complaints: the buyer's channel when the case is not enough."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import FSMField, transition

from backoffice.audit.models import Audited
from backoffice.privacy.fields import PersonalTextField
from backoffice.privacy.keys import Subject
from refunds.models.cases import RefundCase
from refunds.numbers import complaint_number


class Complaint(Audited):
    """One complaint about how a case is or was handled, with the three deadlines of its answer.

    It is acknowledged, answered and resolved, in this order, by the hours of the case's policy. A
    deadline that is missed takes it to a supervisor. Changed through ``workflow.perform`` only.
    """

    store_lookup = "case__store"
    part_of = "case"

    class State(models.TextChoices):
        FILED = "filed", pgettext_lazy("complaint", "Filed")
        ACKNOWLEDGED = "acknowledged", pgettext_lazy("complaint", "Acknowledged")
        ANSWERED = "answered", pgettext_lazy("complaint", "Answered")
        RESOLVED = "resolved", pgettext_lazy("complaint", "Resolved")
        WITHDRAWN = "withdrawn", pgettext_lazy("complaint", "Withdrawn")

    class Outcome(models.TextChoices):
        JUSTIFIED = "justified", _("Justified")
        PARTLY = "partly", _("Justified in part")
        UNFOUNDED = "unfounded", _("Unfounded")

    OVER = (State.RESOLVED, State.WITHDRAWN)
    # What is to be done in each state, and by when; a state that is over has no deadline.
    DEADLINES: ClassVar[dict[str, str]] = {
        State.FILED: "acknowledge_by",
        State.ACKNOWLEDGED: "answer_by",
        State.ANSWERED: "resolve_by",
    }

    number = models.CharField(_("number"), max_length=20, unique=True, default=complaint_number)
    case = models.ForeignKey(
        RefundCase, models.PROTECT, related_name="complaints", verbose_name=_("refund case")
    )
    state = FSMField(_("state"), default=State.FILED, choices=State.choices, protected=True)
    words = PersonalTextField(_("in the buyer's words"), max_length=500)
    filed_at = models.DateTimeField(_("filed at"))
    acknowledge_by = models.DateTimeField(_("acknowledge by"))
    answer_by = models.DateTimeField(_("answer by"))
    resolve_by = models.DateTimeField(_("resolve by"))
    due_at = models.DateTimeField(_("due at"), null=True, blank=True)
    remind_at = models.DateTimeField(_("next reminder"), null=True, blank=True)
    reminders = models.PositiveSmallIntegerField(_("reminders sent"), default=0)
    step_started_at = models.DateTimeField(_("waits since"))
    missed = models.PositiveSmallIntegerField(
        _("deadlines missed"),
        default=0,
        help_text=_("Each of them took the complaint to a supervisor."),
    )
    failures = models.PositiveSmallIntegerField(
        _("failed attempts of the timer"),
        default=0,
        help_text=_("After three the timer leaves the complaint to people."),
    )
    escalated_at = models.DateTimeField(_("escalated at"), null=True, blank=True)
    paused_at = models.DateTimeField(_("waits for the buyer since"), null=True, blank=True)
    paused = models.DurationField(_("waited for the buyer"), default=timedelta(0))
    acknowledged_at = models.DateTimeField(_("acknowledged at"), null=True, blank=True)
    answer = PersonalTextField(_("answer"), max_length=500, blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices, blank=True)
    resolution = PersonalTextField(_("resolution"), max_length=500, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("complaint")
        verbose_name_plural = _("complaints")
        ordering = ("-pk",)
        default_permissions = ("view",)
        permissions = [
            ("handle_complaint", _("Can file and handle complaints")),
            ("supervise_complaint", _("Can handle complaints that were escalated")),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="complaint_due")
        ]
        constraints = [
            models.UniqueConstraint(
                "case", condition=Q(closed_at=None), name="complaint_one_open_per_case"
            ),
            models.CheckConstraint(name="complaint_says_something", condition=~Q(words="")),
            models.CheckConstraint(
                name="complaint_deadlines_in_order",
                condition=Q(answer_by__gte=models.F("acknowledge_by"))
                & Q(resolve_by__gte=models.F("answer_by")),
            ),
            models.CheckConstraint(
                name="complaint_is_due_until_it_ends",
                condition=Q(
                    state__in=("resolved", "withdrawn"), due_at=None, closed_at__isnull=False
                )
                | (
                    ~Q(state__in=("resolved", "withdrawn"))
                    & Q(due_at__isnull=False, closed_at=None)
                ),
            ),
            models.CheckConstraint(
                name="complaint_resolved_with_outcome",
                condition=~Q(state="resolved") | (~Q(outcome="") & ~Q(resolution="")),
            ),
            models.CheckConstraint(
                name="complaint_escalated_by_a_missed_deadline",
                condition=Q(missed=0, escalated_at=None)
                | Q(missed__gt=0, escalated_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def data_subject(self) -> Subject:
        """The buyer whose case it is."""
        return self.case.data_subject

    @transition(state, source=State.FILED, target=State.ACKNOWLEDGED)
    def acknowledge(self) -> None:
        """The buyer knows that somebody looks into it."""

    @transition(state, source=[State.FILED, State.ACKNOWLEDGED], target=State.ANSWERED)
    def give_answer(self) -> None:
        """The buyer has been answered."""

    @transition(state, source=State.ANSWERED, target=State.RESOLVED)
    def resolve(self) -> None:
        """What came of it is on record."""

    @transition(
        state, source=[State.FILED, State.ACKNOWLEDGED, State.ANSWERED], target=State.WITHDRAWN
    )
    def withdraw(self) -> None:
        """The buyer no longer complains."""

    @property
    def deadlines(self) -> list[datetime]:
        """When it has to be acknowledged, answered and resolved."""
        return [getattr(self, name) for name in self.DEADLINES.values()]
