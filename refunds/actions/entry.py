"""One entry of the action table."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django_fsm import can_proceed

from backoffice.actors import Actor
from refunds import forms as dialogs
from refunds.models import RefundCase

Condition = Callable[[RefundCase], bool]


Objection = Callable[[RefundCase, Actor], str]


def always(case: RefundCase) -> bool:
    """No condition."""
    return True


def no_objection(case: RefundCase, actor: Actor) -> str:
    """Nothing but the permission counts."""
    return ""


@dataclass(frozen=True)
class Action:
    """One thing that can be done to a case.

    ``transitions`` are methods of the case, any of which may be the one that runs; ``states`` are
    for actions that move nothing. ``permission`` is for people (empty: no person may), ``systems``
    names the system users that may. ``objection`` is what else speaks against this person, as a
    sentence: an amount above their limit, a first approval of their own. ``at_once``: one click,
    with nothing to fill in. ``personal``: the note is what the buyer said. ``key``: what presses its button on the case page.
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
    objection: Objection = no_objection
    by_hand: bool = True
    at_once: bool = False
    personal: bool = False
    style: str = ""
    key: str = ""

    def possible(self, case: RefundCase) -> bool:
        """Whether the case is in a state from which this starts."""
        moves = any(can_proceed(getattr(case, name)) for name in self.transitions)
        return (moves or case.state in self.states) and self.condition(case)

    def allowed(self, case: RefundCase, actor: Actor) -> bool:
        """Whether this actor may do it in the case's store."""
        if actor.user.is_system:
            return actor.user.get_username() in self.systems
        held = bool(self.permission) and actor.user.has_perm(self.permission, case)
        return held and not self.objection(case, actor)
