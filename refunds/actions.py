"""The one table of what can be done to a case: it drives buttons, bulk, timer and processing alike.

An action that the table hides from somebody cannot be run by them: ``workflow.perform`` asks the
same entry. ``label`` is on the button, ``past`` in the timeline; ``reason`` is what history says when
nobody typed one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from django_fsm import can_proceed

from backoffice.actors import IMPORTER, TIMER, Actor
from backoffice.audit.timeline import register_action_labels
from refunds import decisions, disputes, evidence, returns, settlement
from refunds import forms as dialogs
from refunds.models import RefundCase, State

Condition = Callable[[RefundCase], bool]


def always(case: RefundCase) -> bool:
    """No condition."""
    return True


@dataclass(frozen=True)
class Action:
    """One thing that can be done to a case.

    ``transitions`` are methods of the case, any of which may be the one that runs; ``states`` are
    for actions that move nothing. ``permission`` is for people (empty: no person may), ``systems``
    names the system users that may.
    """

    name: str
    label: str | Promise
    past: str | Promise
    help: str | Promise
    reason: str
    handler: Callable[..., None]
    transitions: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    permission: str = ""
    systems: frozenset[str] = frozenset()
    form: type[dialogs.DialogForm] = dialogs.NoteForm
    condition: Condition = always
    by_hand: bool = True
    style: str = ""

    def possible(self, case: RefundCase) -> bool:
        """Whether the case is in a state from which this starts."""
        moves = any(can_proceed(getattr(case, name)) for name in self.transitions)
        return (moves or case.state in self.states) and self.condition(case)

    def allowed(self, case: RefundCase, actor: Actor) -> bool:
        """Whether this actor may do it in the case's store."""
        if actor.user.is_system:
            return actor.user.get_username() in self.systems
        return bool(self.permission) and actor.user.has_perm(self.permission, case)


TABLE = [
    Action(
        "approve",
        _("Approve"),
        _("Approved"),
        _(
            "The buyer gets what is approved: money is queued for payout, a return may be sent back."
        ),
        gettext_noop("Approved after review."),
        decisions.approve,
        transitions=("approve", "approve_return"),
        permission="refunds.approve_refundcase",
        form=dialogs.ApproveForm,
        style="is-primary",
    ),
    Action(
        "reject",
        _("Reject"),
        _("Rejected"),
        _("The buyer gets nothing, with a reason. They may escalate to the platform."),
        gettext_noop("Rejected after review."),
        decisions.reject,
        transitions=("reject",),
        permission="refunds.reject_refundcase",
        form=dialogs.RejectForm,
        style="is-danger",
    ),
    Action(
        "receive",
        _("Note the return parcel"),
        _("Return parcel noted"),
        _("The buyer has sent the goods back; inspection begins."),
        gettext_noop("The return is on its way or has arrived."),
        returns.receive,
        transitions=("receive",),
        permission="refunds.handle_return",
        form=dialogs.ReturnForm,
        style="is-primary",
    ),
    Action(
        "accept_return",
        _("Accept the return"),
        _("Return accepted"),
        _("The goods are in order, wholly or in part: what is approved is fixed."),
        gettext_noop("The returned goods were accepted."),
        returns.accept,
        transitions=("accept_return",),
        permission="refunds.handle_return",
        form=dialogs.ApproveForm,
        style="is-primary",
    ),
    Action(
        "give",
        _("Record the compensation"),
        _("Compensation given"),
        _("Write down what the buyer was given; it settles the case."),
        gettext_noop("The compensation was given."),
        settlement.give,
        transitions=("compensate",),
        permission="refunds.give_compensation",
        form=dialogs.CompensationForm,
        condition=settlement.settles_without_money,
        style="is-primary",
    ),
    Action(
        "escalate",
        _("Escalate for the buyer"),
        _("Escalated"),
        _("The buyer takes the refusal to the platform, which decides."),
        gettext_noop("The buyer escalated the rejection."),
        disputes.escalate,
        transitions=("escalate",),
        permission="refunds.escalate_refundcase",
        form=dialogs.RequiredNoteForm,
        condition=disputes.within_window,
    ),
    Action(
        "uphold",
        _("Decide for the buyer"),
        _("Decided for the buyer"),
        _("The platform's verdict: the buyer gets what is approved here."),
        gettext_noop("The platform decided for the buyer."),
        disputes.uphold,
        transitions=("uphold",),
        permission="refunds.arbitrate",
        form=dialogs.VerdictForm,
        style="is-primary",
    ),
    Action(
        "dismiss",
        _("Decide for the merchant"),
        _("Decided for the merchant"),
        _("The platform's verdict: the rejection stands."),
        gettext_noop("The platform decided for the merchant."),
        disputes.dismiss,
        transitions=("dismiss",),
        permission="refunds.arbitrate",
        form=dialogs.RequiredNoteForm,
        style="is-danger",
    ),
    Action(
        "withdraw",
        _("Withdraw for the buyer"),
        _("Withdrawn"),
        _("The buyer no longer asks. The case ends."),
        gettext_noop("The buyer withdrew the request."),
        decisions.withdraw,
        transitions=("withdraw",),
        permission="refunds.withdraw_refundcase",
    ),
    Action(
        "attach",
        _("Attach evidence"),
        _("Evidence attached"),
        _("Add a photo, a scan or a document to the case."),
        gettext_noop("Evidence was attached."),
        evidence.attach,
        states=tuple(set(State.values) - {State.WITHDRAWN}),
        permission="refunds.attach_evidence",
        form=dialogs.EvidenceForm,
    ),
    Action(
        "auto_approve",
        _("Approved by the timer"),
        _("Approved by the timer"),
        _("Nobody reviewed the case in time: the policy approves it."),
        gettext_noop("Nobody reviewed the case before its deadline, so its policy approved it."),
        decisions.auto_approve,
        transitions=("approve", "approve_return"),
        systems=frozenset({TIMER}),
        condition=decisions.overdue,
        by_hand=False,
    ),
    Action(
        "auto_accept",
        _("Return accepted by the timer"),
        _("Return accepted by the timer"),
        _("Nobody inspected the return in time: the policy accepts it."),
        gettext_noop("Nobody inspected the return before its deadline, so its policy accepted it."),
        returns.auto_accept,
        transitions=("accept_return",),
        systems=frozenset({TIMER}),
        condition=decisions.overdue,
        by_hand=False,
    ),
    Action(
        "lapse",
        _("Lapsed"),
        _("Lapsed"),
        _("The goods were not sent back in time: the case is withdrawn."),
        gettext_noop(
            "The goods were not sent back before the deadline, so the case was withdrawn."
        ),
        decisions.withdraw,
        transitions=("withdraw",),
        systems=frozenset({TIMER}),
        condition=returns.ship_back_overdue,
        by_hand=False,
    ),
    Action(
        "hold",
        _("Held for a person"),
        _("Held for a person"),
        _("A rail stopped the timer: a person has to decide."),
        gettext_noop("The timer may not decide this case; a person has to."),
        decisions.hold,
        states=(State.REQUESTED, State.INSPECTING),
        systems=frozenset({TIMER}),
        condition=decisions.overdue,
        by_hand=False,
    ),
    Action(
        "refund",
        _("Refunded"),
        _("Refunded"),
        _("The bank settled the payout."),
        gettext_noop("The bank settled the payout."),
        settlement.refund,
        transitions=("refund",),
        permission="refunds.import_results",
        systems=frozenset({IMPORTER}),
        condition=settlement.payout_settled,
        by_hand=False,
    ),
]
ACTIONS = {action.name: action for action in TABLE}


def available(case: RefundCase, actor: Actor) -> list[Action]:
    """What ``actor`` may do by hand to ``case`` now: the same answer that ``perform`` gives."""
    return [a for a in TABLE if a.by_hand and a.allowed(case, actor) and a.possible(case)]


def label_of(name: str) -> Any:
    """What an action is called in a timeline."""
    if name == "request":
        return _("Requested")
    return ACTIONS[name].past if name in ACTIONS else None


register_action_labels(label_of)
