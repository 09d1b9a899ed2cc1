"""Who works on a case: one person at a time, seen by everybody."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from backoffice.actors import Actor
from backoffice.exceptions import BadInput
from backoffice.models import User
from merchants.models import Store
from merchants.people import holders
from refunds import notices
from refunds.models import Notice, RefundCase, State

DECIDES, ASSIGNS = "refunds.approve_refundcase", "refunds.assign_refundcase"
OPEN = (
    State.REQUESTED,
    State.AWAITING_RETURN,
    State.INSPECTING,
    State.REVIEWED,
    State.REJECTED,
    State.DISPUTED,
)


def is_open(case: RefundCase) -> bool:
    """Whether there may still be something to do."""
    return case.closed_at is None


def is_free(case: RefundCase) -> bool:
    """Whether nobody works on it."""
    return is_open(case) and case.assignee_id is None


def is_taken(case: RefundCase) -> bool:
    """Whether somebody works on it."""
    return case.assignee_id is not None


def claim(case: RefundCase, *, actor: Actor, **_details: Any) -> None:
    """``actor`` works on the case. Under the case's lock, so the first of two has it."""
    case.assignee = actor.user


def release(case: RefundCase, *, actor: Actor, **_details: Any) -> None:
    """Nobody works on the case any more."""
    case.assignee = None


def may_not_release(case: RefundCase, actor: Actor) -> str:
    """Why ``actor`` may not give the case back: it is another person's, and they may not assign."""
    if case.assignee is None or case.assignee == actor.user:
        return ""
    if actor.user.has_perm(ASSIGNS, case):
        return ""
    return _("%(name)s works on this case. Ask them, or somebody who may assign cases.") % {
        "name": name_of(case.assignee)
    }


def assign(case: RefundCase, *, actor: Actor, colleague: User, **_details: Any) -> None:
    """Give the case to ``colleague``, and tell them.

    Raises ``BadInput`` for somebody who may not decide in the case's store.
    """
    if not colleagues(case.store).filter(pk=colleague.pk).exists():
        raise BadInput(_("This person may not decide cases of this store. Choose a colleague."))
    if case.assignee_id == colleague.pk:
        raise BadInput(_("%(name)s works on this case already.") % {"name": name_of(colleague)})
    case.assignee = colleague
    if colleague.pk != actor.user.pk:
        about = f"version {case.version + 1}"
        notices.tell(recipients=colleague, case=case, kind=Notice.Kind.ASSIGNED, about=about)


def colleagues(store: Store) -> QuerySet[User]:
    """The people who may decide cases of ``store``."""
    return holders(DECIDES, store)


def name_of(person: User) -> str:
    """What colleagues call a person."""
    return person.get_full_name() or person.username
