"""The frame around a change: who makes it, why, and all of it or nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol

from django.db import transaction

from backoffice.privacy.sealed import Sealed


class Signer(Protocol):
    """Who signs a version: ``backoffice.actors.Actor``, which knows accounts, and accounts have versions."""

    @property
    def user(self) -> Any:
        """The account."""

    @property
    def name(self) -> str:
        """What the person is called now."""

    @property
    def role(self) -> str:
        """Every role that the person holds now."""

    @property
    def source(self) -> str:
        """Through which door the change comes."""

    @property
    def request_id(self) -> str:
        """Of which request it is a part."""


@dataclass(frozen=True)
class Record:
    """Who changes something, why, and by which action of a table (empty for plain edits)."""

    actor: Signer
    reason: str
    action: str = ""


class UnrecordedChange(RuntimeError):
    """An audited row was about to change with nobody to name. A defect, never a person's mistake."""


_current: ContextVar[Record | None] = ContextVar("record", default=None)


@contextmanager
def recorded(actor: Signer, reason: str, action: str = "") -> Iterator[None]:
    """Make the changes inside in one transaction, their versions naming ``actor`` and ``reason``.

    A reason that the program gives is a constant English sentence: pages translate it. One in a
    buyer's own words is sealed.
    Frames nest: the inner one names its own actor and reason, and joins the outer transaction.
    """
    if not reason.strip():
        raise UnrecordedChange("A change needs a reason.")
    told = reason if isinstance(reason, Sealed) else reason.strip()
    token = _current.set(Record(actor, told, action))
    try:
        with transaction.atomic():
            yield
    finally:
        _current.reset(token)


def current_record() -> Record:
    """The frame at hand; raises ``UnrecordedChange`` outside of one."""
    record = _current.get()
    if record is None:
        raise UnrecordedChange("Audited rows change inside recorded(actor, reason) only.")
    return record
