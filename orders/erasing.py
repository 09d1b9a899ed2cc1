"""Erasing a buyer: one person asks, another confirms, then the key is destroyed and nothing brings it back.

History stays, byte for byte: what it holds of the buyer is noise without the key. What else belongs to a
buyer – files – and what speaks against it is registered by the apps above. Where a channel names no buyer,
the order is a person of its own, whose data go by the rules of retention alone.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from backoffice import clock
from backoffice.actors import Actor
from backoffice.among import AmongTexts
from backoffice.audit.recording import recorded
from backoffice.audit.timeline import register_action_labels
from backoffice.exceptions import BadInput, NotAllowed, NotFound, WrongState
from backoffice.privacy.destroying import destroy
from backoffice.privacy.models import PersonKey
from backoffice.stepup import same_person
from orders.models import Buyer, Erasure, Order
from orders.nameless import require_nameless

ASK, CONFIRM = "orders.ask_erasure", "orders.confirm_erasure"
State = Erasure.State
CONFIRMED = gettext_noop("A second person confirmed the erasing.")
CALLED_OFF = gettext_noop("The erasing was called off.")
register_action_labels(
    {
        "erase.ask": gettext_lazy("Erasing asked for"),
        "erase.confirm": gettext_lazy("Erased"),
        "erase.call_off": gettext_lazy("Erasing called off"),
    }.get,
    Erasure,
)


Person = Buyer | Order
# How an order leads to whom its data are about: to its buyer, or to itself.
WHOSE: dict[type[Buyer] | type[Order], str] = {Buyer: "buyer", Order: "pk"}


@dataclass(frozen=True)
class Hold:
    """What keeps somebody's data for now.

    ``among`` gives, of some ids, those that it holds; they are what its second argument leads to from an order.
    """

    sentence: str | Promise
    among: Callable[[Collection[int], str], set[int]]


@dataclass(frozen=True)
class Cleaner:
    """What is kept of people besides sealed texts: how many files (``count``), and deleting them (``clean``).

    ``holding`` is what retention calls them.
    """

    holding: str
    count: Callable[[Collection[int], str], int]
    clean: Callable[[Collection[int], str], int]


class Going(NamedTuple):
    """What goes with some people: their keys, and their files."""

    keys: int
    files: int


_holds: list[Hold] = []
_cleaners: list[Cleaner] = []


def register_hold(hold: Hold) -> None:
    """Have ``hold`` asked before anything of a buyer is erased."""
    _holds.append(hold)


def register_cleaner(cleaner: Cleaner) -> None:
    """Have ``cleaner`` delete what it keeps of those who are erased."""
    _cleaners.append(cleaner)


def goes_along() -> list[str]:
    """What goes with a person, in the words of retention: all else is deleted by its own rule."""
    return [each.holding for each in _cleaners]


def held(people: Collection[int], whose: type[Buyer] | type[Order] = Buyer) -> set[int]:
    """Those of ``people``, by id, whose data may not go now."""
    found: set[int] = set()
    for hold in _holds:
        found |= hold.among([one for one in people if one not in found], WHOSE[whose])
    return found


def objections(buyer: Buyer) -> list[str]:
    """What speaks against erasing ``buyer`` now, each as a sentence."""
    return [str(hold.sentence) for hold in _holds if hold.among([buyer.pk], WHOSE[Buyer])]


def going(people: Collection[Person]) -> Going:
    """What ``erase`` would take of ``people``, who are all buyers or all orders; it takes nothing."""
    subjects = [person.data_subject.name for person in people]
    keys = PersonKey.objects.filter(AmongTexts("subject", subjects), destroyed_at=None)
    return Going(keys.count(), sum(each.count(*_ids(people)) for each in _cleaners))


def erase(people: Collection[Person]) -> Going:
    """Destroy the keys of ``people``, and delete their files. Asks nobody; called inside ``recorded``."""
    files = sum(each.clean(*_ids(people)) for each in _cleaners)
    return Going(destroy([person.data_subject for person in people]), files)


def _ids(people: Collection[Person]) -> tuple[list[int], str]:
    kinds = {type(person) for person in people}
    whose = kinds.pop() if kinds else Buyer
    return [person.pk for person in people], WHOSE[whose]


def ask(*, order_id: int, actor: Actor, reason: str) -> Erasure:
    """Ask for the erasing of who bought ``order_id``.

    Raises ``NotFound`` outside the actor's stores, ``NotAllowed`` without the permission, ``BadInput``
    without a reason or a buyer or for one that names the buyer, and ``WrongState`` while something speaks against it.
    """
    orders = Order.objects.visible_to(actor.user).select_related("buyer__store")
    order = orders.filter(pk=order_id).first()
    if order is None:
        raise NotFound
    if not actor.user.has_perm(ASK, order):
        raise NotAllowed
    if order.buyer is None:
        raise BadInput(_("The channel names no buyer of this order, so there is nobody to erase."))
    if not reason.strip():
        raise BadInput(_("Say who wants it, and how they showed who they are."))
    require_nameless(reason, order.buyer)
    with recorded(actor, reason, "erase.ask"):
        _lock(order.buyer)
        _refuse_if_held(order.buyer)
        if Erasure.objects.filter(buyer=order.buyer, state=State.ASKED).exists():
            raise WrongState(
                _("Somebody has asked for this already. It waits for a second person.")
            )
        return Erasure.objects.create(
            buyer=order.buyer,
            asked_by=actor.user,
            asked_at=clock.now(),
            reason=reason.strip()[:300],
        )


def confirm(*, erasure_id: int, actor: Actor) -> Erasure:
    """Erase, as the second person. Raises ``NotAllowed`` for who asked, under whatever account."""
    with recorded(actor, CONFIRMED, "erase.confirm"):
        row = _waiting(erasure_id, actor, CONFIRM)
        if same_person(row.asked_by, actor.user):
            raise NotAllowed(_("You asked for this yourself, so somebody else has to confirm it."))
        _refuse_if_held(row.buyer)
        row.files = erase([row.buyer]).files
        row.state, row.confirmed_by, row.erased_at = State.DONE, actor.user, clock.now()
        row.save()
    return row


def call_off(*, erasure_id: int, actor: Actor) -> Erasure:
    """Erase nothing: whoever may ask or confirm can call it off."""
    with recorded(actor, CALLED_OFF, "erase.call_off"):
        row = _waiting(erasure_id, actor, ASK, CONFIRM)
        row.state = State.CALLED_OFF
        row.save()
    return row


def _waiting(pk: int, actor: Actor, *permissions: str) -> Erasure:
    """The erasure under its lock, if it waits and the actor holds one of ``permissions``."""
    rows = Erasure.objects.visible_to(actor.user).filter(pk=pk)
    if connection.features.has_select_for_update:
        rows = rows.select_for_update(of=("self",))
    row: Any = rows.select_related("buyer", "asked_by").first()
    if row is None:
        raise NotFound
    if not any(actor.user.has_perm(permission, row) for permission in permissions):
        raise NotAllowed
    if row.state != State.ASKED:
        raise WrongState(_("This was decided already."))
    _lock(row.buyer)
    return row


def _lock(buyer: Buyer) -> None:
    """Hold the buyer's orders, so that no case is opened meanwhile: an order's lock guards its cases."""
    list(Order.objects.select_for_update().filter(buyer=buyer).order_by("pk").values_list("pk"))


def _refuse_if_held(buyer: Buyer) -> None:
    found = objections(buyer)
    if found:
        raise WrongState(" ".join(found))
