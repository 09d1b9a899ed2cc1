"""Writing a message or a note: kept for ever as it was written."""

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from backoffice import clock
from backoffice.actors import Actor
from backoffice.exceptions import BadInput, NotAllowed
from backoffice.models import User
from backoffice.privacy.keys import seal
from refunds.models import Message, Notice, Party, RefundCase
from refunds.notices import tell
from refunds.talking.mentions import mentioned
from refunds.talking.texts import tidy

TWICE_WITHIN = timedelta(minutes=1)


def side(user: User, case: RefundCase) -> Party:
    """For whom ``user`` speaks: the platform, or the case's store."""
    return Party.PLATFORM if user.has_perm("refunds.arbitrate", case) else Party.STORE


def say(case: RefundCase, *, actor: Actor, body: str, party: str = "", **_details: Any) -> None:
    """Put a message into the thread, in the writer's own name or in the buyer's words.

    Raises ``NotAllowed`` for who would speak for the other side, and ``BadInput`` for an empty or
    too long text, one sent twice, or a colleague that is called and is none.
    """
    own = side(actor.user, case)
    party = party or own
    if party not in (own, Party.BUYER):
        raise NotAllowed(_("You can write for your own side, or put down what the buyer said."))
    message = _write(case, actor, body, party=party, internal=False)
    if party == Party.BUYER:
        _tell_assignee(message, actor)


def note(case: RefundCase, *, actor: Actor, body: str, **_details: Any) -> None:
    """Put a note among colleagues into the thread; the buyer never sees it."""
    _write(case, actor, body, party=side(actor.user, case), internal=True)


def _write(case: RefundCase, actor: Actor, body: str, *, party: str, internal: bool) -> Message:
    text = tidy(body)
    called = [] if party == Party.BUYER else mentioned(text, case)
    at = clock.now()
    kept = seal(text, case.data_subject)
    same = case.messages.filter(author=actor.user, party=party, internal=internal, body=kept)
    if same.filter(sent_at__gt=at - TWICE_WITHIN).exists():
        raise BadInput(_("You have just written this. It is there once."))
    message = Message.objects.create(
        case=case, party=party, author=actor.user, internal=internal, body=kept, sent_at=at
    )
    others = [user for user in called if user != actor.user]
    tell(recipients=others, case=case, kind=Notice.Kind.MENTION, about=f"message {message.pk}")
    return message


def _tell_assignee(message: Message, actor: Actor) -> None:
    case = message.case
    if case.assignee and case.assignee != actor.user:
        tell(
            recipients=case.assignee,
            case=case,
            kind=Notice.Kind.ANSWER,
            about=f"message {message.pk}",
        )
