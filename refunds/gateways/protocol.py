"""What every payment provider can do for us, in the same few words."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, Protocol, runtime_checkable

from django.http import HttpRequest, HttpResponse


class Status(StrEnum):
    """What became of a number, as far as the provider's answer says. The values are attempts' outcomes.

    ``STUCK``: the provider cannot go on by itself, and may still pay: a person has to take it up there.
    """

    SETTLED = "settled"
    PENDING = "pending"
    REFUSED = "refused"
    STUCK = "stuck"
    NOT_FOUND = "not_found"
    BUSY = "busy"
    NO_ANSWER = "no_answer"


@dataclass(frozen=True)
class Intent:
    """One refund as a provider is told of it.

    ``number`` is the payout's own, for ever the same: the idempotency key. ``payment`` is the
    provider's reference of what the buyer paid, ``paid`` how much that was.
    """

    number: str
    payment: str
    amount: Decimal
    currency: str
    paid: Decimal


@dataclass(frozen=True)
class Receipt:
    """The provider's answer about one number. Where it names an amount, that has to be ours."""

    status: Status
    reference: str = ""
    reason: str = ""
    amount: Decimal | None = None
    currency: str = ""


@dataclass(frozen=True)
class Notice:
    """One event of a webhook whose signature was verified. ``status`` is in the provider's own words.

    ``bad_news``: it says that money does not arrive, or has come back.
    """

    event: str
    number: str
    status: str
    bad_news: bool = False


@dataclass(frozen=True)
class Booking:
    """One movement on the account, as the provider's own list has it.

    ``number`` is ours, empty where it names none; ``amount`` is never negative; ``returned``: money that
    had left came back.
    """

    reference: str
    number: str
    amount: Decimal
    currency: str
    at: datetime
    returned: bool = False
    reason: str = ""


class BadSignature(Exception):
    """The request is not signed by this account, or its signature is too old."""


class Adapter(Protocol):
    """One account at one provider.

    A timeout, a 5xx or garbage is ``NO_ANSWER``, and so is whatever a library raises. ``REFUSED`` is
    only what says for certain that no money moved under this number, and none will. ``window`` is for how long after a call “not found” may still turn into “paid”.
    """

    window: ClassVar[timedelta]

    def refund(self, intent: Intent) -> Receipt:
        """Ask for the money to be paid back; any number of times, with one effect."""

    def query(self, intent: Intent) -> Receipt:
        """What became of the intent's number. Moves nothing."""

    def read_webhook(self, request: HttpRequest) -> list[Notice]:
        """What the request tells; raises ``BadSignature`` unless this account's provider signed it."""

    def reply(self, *, known: bool) -> HttpResponse:
        """What the provider wants to hear once its notice is kept."""


@runtime_checkable
class Lister(Protocol):
    """An adapter whose provider lists what it booked on the account, for programs to read."""

    def bookings(self, since: datetime, until: datetime) -> Iterator[Booking]:
        """What left and what came back from ``since`` on and before ``until``; raises what fails."""
