"""The one way in: every change of a case – click, bulk, API, import row, timer – is ``perform``."""

from typing import Any

from django.db import transaction

from backoffice.actors import Actor
from backoffice.audit.recording import recorded
from backoffice.exceptions import NotAllowed, NotFound, StaleVersion, WrongState
from backoffice.privacy.keys import seal
from orders.models import Order
from refunds import nameless
from refunds.actions import ACTIONS, Action
from refunds.deciding import four_eyes
from refunds.followups import followed
from refunds.goods import promises
from refunds.models import RefundCase


@followed
def perform(
    action: str,
    *,
    case_id: int,
    actor: Actor,
    version: int | None = None,
    note: str = "",
    **details: Any,
) -> RefundCase:
    """Do ``action`` to the case, all of it or nothing, and record who did it and why.

    Locks the order, then the case. ``version`` is what the person looked at; ``note`` goes into
    history as the reason, and to the action; ``details`` are the cleaned fields of the action's form.

    What is to be tried afterwards is tried (``followups``): the case given back is as it is then.

    Raises ``NotFound`` outside the actor's stores, ``NotAllowed`` without the permission,
    ``StaleVersion`` when the case moved on, ``WrongState`` when it is not possible any more,
    ``BadInput`` for a note that says who the buyer is, and what the action itself refuses.
    """
    entry = ACTIONS[action]
    with transaction.atomic():
        case = lock(case_id)
        _check(entry, case, actor, version)
        if not (entry.personal or actor.user.is_system):
            nameless.check(note, case)
        with recorded(actor, _reason(entry, case, note), action):
            before = four_eyes.standing(case)
            entry.handler(case, actor=actor, note=note, **details)
            four_eyes.void_if_moved(case, before)
            promises.keep_or_release(case)
            case.version += 1
            case.save()
    return case


def _reason(entry: Action, case: RefundCase, note: str) -> str:
    """What history says: the note – sealed where it is the buyer's –, or what the action says of itself."""
    if entry.personal and note.strip():
        return seal(note.strip(), case.data_subject)
    return note or entry.reason


def lock(case_id: int) -> RefundCase:
    """The case, locked behind its order: the order's lock guards what is left to refund."""
    order_id = RefundCase.objects.filter(pk=case_id).values_list("order", flat=True).first()
    if order_id is None:
        raise NotFound
    order = Order.objects.select_for_update().get(pk=order_id)
    case = (
        RefundCase.objects.select_for_update(of=("self",))
        .select_related("store", "policy", "reason")
        .get(pk=case_id)
    )
    case.order = order
    return case


def _check(entry: Action, case: RefundCase, actor: Actor, version: int | None) -> None:
    if not actor.user.is_system and not actor.user.has_perm("refunds.view_refundcase", case):
        raise NotFound
    if not entry.allowed(case, actor):
        raise NotAllowed(entry.objection(case, actor))
    if version is not None and version != case.version:
        raise StaleVersion
    if not entry.possible(case):
        raise WrongState
