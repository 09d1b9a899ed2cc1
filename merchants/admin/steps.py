"""What may be done with an assessment next: one table for the buttons and for what they run."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.models import User
from merchants import assessments
from merchants.assessments import PUBLISH, REVIEW, State
from merchants.labels import action_label
from merchants.models import Assessment


@dataclass(frozen=True)
class Step:
    """A button: who may press it, from which state, what it runs, and whether it asks why."""

    name: str
    label: str | Promise
    help: str | Promise
    permission: str
    state: str
    run: Callable[..., Assessment]
    reason: str | Promise = ""
    reason_required: bool = False
    tone: str = "is-primary"
    own: bool = True

    @property
    def past(self) -> str | Promise | None:
        """What has happened when it was taken, as the timeline calls it."""
        return action_label(f"assessment.{self.name.replace('-', '_')}")

    def open_to(self, user: User | AnonymousUser, row: Assessment) -> bool:
        """Whether ``user`` may take this step with ``row`` as it is."""
        if row.state != self.state or not user.has_perm(self.permission, row):
            return False
        return self.own or row.submitted_by_id != user.pk


STEPS: dict[str, Step] = {
    step.name: step
    for step in (
        Step(
            "review",
            pgettext_lazy("assessment", "Confirm"),
            _("The answers are right. The grade can then be published."),
            REVIEW,
            State.SUBMITTED,
            assessments.review,
            reason=_("Remark (optional)"),
            own=False,
        ),
        Step(
            "send-back",
            _("Send back"),
            _("The answers become a draft again."),
            REVIEW,
            State.SUBMITTED,
            assessments.send_back,
            reason=_("What has to be answered better?"),
            reason_required=True,
            tone="",
        ),
        Step(
            "publish",
            _("Publish the grade"),
            _("From then on it is the supplier's grade."),
            PUBLISH,
            State.REVIEWED,
            assessments.publish,
        ),
    )
}


def open_steps(user: User | AnonymousUser, row: Assessment) -> list[Step]:
    """The steps that ``user`` may take now."""
    return [step for step in STEPS.values() if step.open_to(user, row)]


def details_of(step: Step, posted: Any) -> dict[str, str]:
    """What the step's form said."""
    return {"reason": posted.get("reason", "")[:1000]} if step.reason else {}
