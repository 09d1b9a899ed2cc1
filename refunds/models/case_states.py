"""The states of a refund case, and the moves between them: what is not here cannot happen."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import FSMField, transition

from refunds.models.words import Kind


class State(models.TextChoices):
    """Where a case is. *Reviewed* means that only money or goods remain to move."""

    REQUESTED = "requested", pgettext_lazy("case state", "Requested")
    AWAITING_RETURN = "awaiting_return", _("Awaiting return")
    INSPECTING = "inspecting", _("Inspecting")
    REVIEWED = "reviewed", _("Reviewed")
    REFUNDED = "refunded", _("Refunded")
    COMPENSATED = "compensated", _("Compensated")
    REJECTED = "rejected", _("Rejected")
    DISPUTED = "disputed", _("Disputed")
    WITHDRAWN = "withdrawn", _("Withdrawn")


def sends_goods_back(case: Any) -> bool:
    """The buyer has to return something first."""
    return case.kind in (Kind.RETURN_REFUND, Kind.EXCHANGE)


def keeps_goods(case: Any) -> bool:
    """Nothing has to come back."""
    return not sends_goods_back(case)


class CaseStates(models.Model):
    """The machine that a case runs in; ``workflow.perform`` is the only one to turn it."""

    state = FSMField(_("state"), default=State.REQUESTED, choices=State.choices, protected=True)

    class Meta:
        abstract = True

    @transition(state, source=State.REQUESTED, target=State.REVIEWED, conditions=[keeps_goods])
    def approve(self) -> None:
        """The entitlement is fixed; only money or a compensation remains to move."""

    @transition(
        state, source=State.REQUESTED, target=State.AWAITING_RETURN, conditions=[sends_goods_back]
    )
    def approve_return(self) -> None:
        """The buyer may send the goods back."""

    @transition(state, source=State.AWAITING_RETURN, target=State.INSPECTING)
    def receive(self) -> None:
        """The parcel is on its way back, or has arrived."""

    @transition(state, source=State.INSPECTING, target=State.REVIEWED)
    def accept_return(self) -> None:
        """The goods that came back are accepted, wholly or in part."""

    @transition(state, source=[State.REQUESTED, State.INSPECTING], target=State.REJECTED)
    def reject(self) -> None:
        """The merchant refuses, with a code."""

    @transition(state, source=State.REJECTED, target=State.DISPUTED)
    def escalate(self) -> None:
        """The buyer takes the refusal to the platform."""

    @transition(state, source=State.DISPUTED, target=State.REVIEWED)
    def uphold(self) -> None:
        """The platform decides for the buyer."""

    @transition(state, source=State.DISPUTED, target=State.REJECTED)
    def dismiss(self) -> None:
        """The platform decides for the merchant."""

    @transition(state, source=[State.REQUESTED, State.AWAITING_RETURN], target=State.WITHDRAWN)
    def withdraw(self) -> None:
        """The buyer no longer asks, or did not ship back in time."""

    @transition(state, source=[State.WITHDRAWN, State.REJECTED], target=State.REQUESTED)
    def reopen(self) -> None:
        """The buyer asks again, while after-sale time remains."""

    @transition(state, source=State.REVIEWED, target=State.REJECTED)
    def overturn(self) -> None:
        """The merchant's appeal succeeded before any money moved."""

    @transition(state, source=State.REVIEWED, target=State.REFUNDED)
    def refund(self) -> None:
        """The payout settled."""

    @transition(state, source=State.REFUNDED, target=State.REVIEWED)
    def bounce(self) -> None:
        """The money came back: the entitlement stands, and a new payout has to end the case."""

    @transition(state, source=State.REVIEWED, target=State.COMPENSATED)
    def compensate(self) -> None:
        """What is not money was given."""
