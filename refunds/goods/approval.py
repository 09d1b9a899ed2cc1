"""Letting a buyer send goods back: where to, as they were told it, and what they are promised."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy, gettext_noop

from backoffice import clock
from backoffice.actors import Actor
from backoffice.audit.recording import recorded
from backoffice.audit.timeline import register_action_labels
from refunds.clocks import running
from refunds.exceptions import HeldForPerson
from refunds.goods import pieces, promises
from refunds.models import Clock, Kind, Message, Party, RefundCase

TELL = "tell_address"
TOLD = gettext_noop("The buyer was told where to send the goods.")
register_action_labels({TELL: gettext_lazy("Return address told")}.get)


class NoReturnAddress(HeldForPerson):
    """Nobody can say where the buyer should send the goods."""

    message = gettext_lazy(
        "The store has no return address, so the buyer cannot be told where to send the goods. "
        "Approve the case by hand and write the address there, or have one added to the store."
    )


def let_back(
    case: RefundCase,
    *,
    actor: Actor,
    return_address: str = "",
    skus: Mapping[int, str] | None = None,
    **_details: Any,
) -> None:
    """Let the buyer send the goods back; in an exchange, promise the pieces that they get for it.

    The buyer is told ``return_address``, or else the store's: their words are kept, whatever the
    store writes later. Raises ``NoReturnAddress``, and ``OutOfStock`` for an exchange.
    """
    address = return_address.strip() or case.store.return_address.strip()
    if not address:
        raise NoReturnAddress
    if case.kind == Kind.EXCHANGE and promises.live(case) is None:
        promises.promise(case, skus=skus)
    case.approve_return()
    _forget_earlier_parcel(case)
    tell(case, actor, address)
    running.start(case, Clock.SHIP_BACK, case.policy.ship_back_hours)


def _forget_earlier_parcel(case: RefundCase) -> None:
    """A reopened case may have had one: nobody has seen what comes now."""
    case.return_carrier = case.return_tracking = ""
    case.return_sent_at = case.return_arrived_at = None
    pieces.forget(case.lines.exclude(accepted=None))


def tell(case: RefundCase, actor: Actor, address: str) -> None:
    """Send the address and the store's instructions to the buyer, in the store's own words."""
    body = "\n\n".join(filter(None, (address, case.store.return_instructions.strip())))
    with recorded(actor, TOLD, TELL):
        Message.objects.create(
            case=case, party=Party.STORE, author=actor.user, body=body, sent_at=clock.now()
        )


def told(case: RefundCase) -> Message | None:
    """What the buyer was told last about where to send the goods; ``None`` before it was approved."""
    messages = {m.pk: m for m in case.messages.filter(party=Party.STORE, internal=False)}
    versions = Message.history.filter(id__in=messages, action=TELL).order_by("-history_id")
    last = versions.values_list("id", flat=True).first()
    return messages[last] if last else None
