"""What the timer does when a deadline has passed."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from backoffice.actors import TIMER
from refunds.actions.entry import Action
from refunds.clocks import ends
from refunds.deciding import decisions
from refunds.goods import deadline, inspection, parcels
from refunds.models import State

ACTIONS = [
    Action(
        "auto_approve",
        _("Approved by the timer"),
        _("Approved by the timer"),
        _("Nobody reviewed the case in time: the policy approves it."),
        gettext_noop("Nobody reviewed the case before its deadline, so its policy approved it."),
        deadline.auto_approve,
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
        inspection.auto_accept,
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
        condition=parcels.ship_back_overdue,
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
        condition=ends.timers_turn,
        by_hand=False,
    ),
]
