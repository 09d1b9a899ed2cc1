"""What the timer notes when it could not act."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from backoffice.actors import TIMER
from refunds import quarantine
from refunds.actions.entry import Action
from refunds.clocks import ends
from refunds.models import State

ACTIONS = [
    Action(
        "count_failure",
        _("The timer failed"),
        _("The timer failed"),
        _("The timer could not act on the case. After three attempts it leaves it to a person."),
        gettext_noop("The timer could not act on this case."),
        quarantine.count_failure,
        states=tuple(State),
        systems=frozenset({TIMER}),
        condition=ends.timers_turn,
        by_hand=False,
    ),
]
