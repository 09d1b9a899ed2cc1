"""The one table of what can be done to a case: it drives buttons, bulk, timer and processing alike.

An action that the table hides from somebody cannot be run by them: ``workflow.perform`` asks the
same entry. ``label`` is on the button, ``past`` in the timeline; ``reason`` is what history says when
nobody typed one.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _

from backoffice.actors import Actor
from backoffice.audit.timeline import register_action_labels
from refunds.actions import (
    clocks,
    complaints,
    desk,
    disputes,
    failing,
    giving,
    goods,
    instant,
    review,
    showing,
    talking,
    timing,
)
from refunds.actions.entry import Action, always
from refunds.models import RefundCase

__all__ = ["ACTIONS", "TABLE", "Action", "always", "available", "label_of"]

TABLE: list[Action] = [
    *review.ACTIONS,
    *instant.ACTIONS,
    *goods.ACTIONS,
    *giving.ACTIONS,
    *disputes.ACTIONS,
    *clocks.ACTIONS,
    *showing.ACTIONS,
    *talking.ACTIONS,
    *complaints.ACTIONS,
    *desk.ACTIONS,
    *timing.ACTIONS,
    *failing.ACTIONS,
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
