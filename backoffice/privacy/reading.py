"""Who looks at personal data, what they are shown, and that it is put on record.

Each request has one *look*. A sealed value that is put into words asks it: those who may see the person's
data read the text, everybody else a mask. At the end of the request one row says all that was shown.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext

from backoffice import clock
from backoffice.access import Reach, reach
from backoffice.held_roles import held_roles
from backoffice.models import User
from backoffice.privacy.keys import Keyring, keyring
from backoffice.privacy.models import SensitiveRead
from backoffice.privacy.sealed import MASK, Sealed, is_sealed, open_up
from backoffice.requests import current_request_id

SEE = "backoffice.see_personal"
UNCOVER = "backoffice.uncover_personal"
GetResponse = Callable[[HttpRequest], HttpResponse]


class Look:
    """One person's look at a page: what they may see, and what they were shown."""

    def __init__(self, user: User, page: str | Promise, ring: Keyring) -> None:
        self.user, self.page, self.ring = user, page, ring
        self.reason = ""  # why masked values were uncovered, where they were
        self.uncovered = Reach()
        self.read: dict[str, set[str]] = {}  # by row, as many as are named
        self.values = 0

    @cached_property
    def reach(self) -> Reach:
        """The stores whose buyers' data the person may see."""
        return reach(self.user, SEE)

    def uncover(self, reason: str) -> None:
        """Show on this page what is masked otherwise, where the person may ask for it."""
        self.uncovered, self.reason = reach(self.user, UNCOVER), reason

    def uncovers(self, store: int) -> bool:
        """Whether what is masked otherwise is shown on this page, of buyers of ``store``."""
        return _within(self.uncovered, store)

    def told(self, value: Sealed, masked: str = MASK) -> str:
        """``value`` as this person reads it; the text itself is put on record."""
        key = self.ring.of(value.person)
        if key.cipher is None:
            return gettext("erased")
        if not (_within(self.reach, key.store) or self.uncovers(key.store)):
            return masked
        try:
            text = open_up(value, key.cipher)
        except ValueError:  # cut off, or written by somebody who makes up ciphertext
            return masked
        self.note(value.place or f"person {value.person} text")
        return text

    def note(self, place: str) -> None:
        """Put down that the field ``place`` (“orders.buyer 17 name”) was shown."""
        row, _space, field = place.rpartition(" ")
        if field in self.read.get(row, ()):
            return
        self.values += 1
        if row in self.read or len(self.read) < SensitiveRead.MOST:
            self.read.setdefault(row, set()).add(field)

    def was_here(self, span: timedelta) -> bool:
        """Whether the person was shown something of this very page a short while ago."""
        lately = SensitiveRead.objects.filter(reader=self.user, at__gte=clock.now() - span)
        return lately.filter(page=str(self.page)[:300]).exists()

    def put_on_record(self) -> None:
        """Write down what was shown, if anything was: one row."""
        if not self.read:
            return
        rows = [[row, sorted(fields)] for row, fields in self.read.items()]
        SensitiveRead.objects.create(
            reader=self.user,
            reader_name=self.user.get_full_name() or self.user.get_username(),
            role=held_roles(self.user),
            at=clock.now(),
            page=str(self.page)[:300],
            request_id=current_request_id(),
            reason=self.reason[:300],
            values=self.values,
            rows=rows,
        )


def _within(held: Reach, store: int) -> bool:
    return held.stores is None or store in held.stores


_look: ContextVar[Look | None] = ContextVar("look", default=None)


@contextmanager
def looking(user: User, page: str | Promise) -> Iterator[Look]:
    """Let ``user`` read what they may see inside; it is put on record at the end."""
    with keyring() as ring:
        token = _look.set(look := Look(user, page, ring))
        try:
            yield look
        finally:
            _look.reset(token)
        look.put_on_record()


def current_look() -> Look | None:
    """The look at hand; none where no person reads."""
    return _look.get()


def shown(value: Sealed) -> str:
    """``value`` as whoever reads it may see it; where nobody does, a mask."""
    return told(value, MASK)


Sealed.teller = shown


def told(value: str, masked: str) -> str:
    """The same with words of its own for those who may not see it."""
    if not isinstance(value, Sealed):
        return value
    look = _look.get()
    return masked if look is None else look.told(value, masked)


def in_words(value: Any) -> Any:
    """A column's raw value as its reader may see it: ciphertext in words, all else as it is."""
    return str(Sealed(value)) if isinstance(value, str) and is_sealed(value) else value


class LookMiddleware:
    """Each signed-in person's request is a look, whose record is written before the answer leaves."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer."""
        if not isinstance(request.user, User):
            return self.get_response(request)
        with looking(request.user, request.path):
            return self.get_response(request)
