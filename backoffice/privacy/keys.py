"""The keys of people: made when first needed, fetched together, and kept no longer than a request.

Whoever seals something holds the key to the end of the transaction, and whoever destroys a key waits for
that: what is written at the same moment goes with the key, or is sealed under the one that comes after it.
"""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet

from backoffice import clock
from backoffice.among import Among, AmongTexts
from backoffice.privacy.masters import newest, unwrap, wrap
from backoffice.privacy.models import PersonKey
from backoffice.privacy.sealed import Sealed, cipher_of, close, new_key, open_up

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

CHUNK = 500
MOST = 20_000  # keys at hand at a time


class Subject(NamedTuple):
    """Whose data they are: a name that tells them from all others, and the store that knows them."""

    name: str
    store: int


class Key(NamedTuple):
    """A person's key at work; without a cipher it was destroyed."""

    store: int
    cipher: "AESSIV | None"


class Keyring:
    """Keys by person. Those of everything that was read so far are fetched at the first look."""

    def __init__(self) -> None:
        self.wanted: set[int] = set()
        self.keys: dict[int, Key] = {}

    def of(self, person: int) -> Key:
        """The key of ``person``; of one whom nobody knows it counts as destroyed."""
        if person not in self.keys:
            self.fetch({person})
        return self.keys[person]

    def fetch(self, people: Collection[int]) -> None:
        """Know the keys of ``people``, and of all who were wanted before, after one query."""
        missing = (self.wanted | set(people)) - self.keys.keys()
        self.wanted.clear()
        if not missing:
            return
        if len(self.keys) > MOST:  # a long export meets everybody: memory does not grow with them
            self.keys.clear()
        rows = PersonKey.objects.filter(Among("pk", missing))
        for person, subject, store, wrapped in rows.values_list(
            "pk", "subject", "store", "wrapped"
        ):
            cipher = cipher_of(unwrap(bytes(wrapped), subject)) if wrapped else None
            self.keys[person] = Key(store, cipher)
        for person in missing - self.keys.keys():
            self.keys[person] = Key(0, None)


_ring: ContextVar[Keyring | None] = ContextVar("keyring", default=None)


@contextmanager
def keyring() -> Iterator[Keyring]:
    """Keep the keys that are needed inside, to the end of it and no longer."""
    token = _ring.set(ring := Keyring())
    try:
        yield ring
    finally:
        _ring.reset(token)


def current_ring() -> Keyring:
    """The keyring at hand, or one for this look alone."""
    return _ring.get() or Keyring()


def expect(sealed: Sealed) -> None:
    """Have the key of ``sealed`` fetched together with others, if anybody should look at it."""
    ring = _ring.get()
    if ring is not None:
        ring.wanted.add(sealed.person)


def clear(value: str) -> str:
    """The text of ``value`` for the program's own use: a bank's file, a comparison. Erased: empty."""
    return clear_all([value])[0]


def clear_all(values: Iterable[str]) -> list[str]:
    """The same for many values, with one query for all of their keys."""
    values, ring = list(values), current_ring()
    ring.fetch({value.person for value in values if isinstance(value, Sealed)})
    return [_cleared(value, ring) if isinstance(value, Sealed) else value for value in values]


def lost(values: Iterable[str]) -> list[bool]:
    """Of each value whether its person's key was destroyed, so that nobody ever reads it. Opens no key."""
    people = [value.person if isinstance(value, Sealed) else None for value in values]
    asked = PersonKey.objects.filter(Among("pk", {one for one in people if one}), wrapped=None)
    destroyed = set(asked.values_list("pk", flat=True))
    return [one in destroyed for one in people]


def _cleared(value: Sealed, ring: Keyring) -> str:
    cipher = ring.of(value.person).cipher
    return open_up(value, cipher) if cipher else ""


def seal(text: str, subject: Subject) -> Sealed:
    """``text`` under the key of ``subject``, which is made if there is none."""
    person, cipher = keys_of([subject])[subject]
    return close(text, person, cipher)


def keys_of(
    subjects: Iterable[Subject], *, hold: bool = True
) -> "dict[Subject, tuple[int, AESSIV]]":
    """The living key of each, those who have none getting one: two or three queries for all.

    Nobody destroys them before the caller's transaction has ended, unless it does not ``hold`` them.
    """
    wanted = set(subjects)
    found = _living(wanted, hold)
    missing = sorted(
        wanted - found.keys()
    )  # in one order for all, or two writers could wait for each other
    if missing:
        PersonKey.objects.bulk_create(
            [_made(subject) for subject in missing], ignore_conflicts=True
        )
        found |= _living(missing, hold)
    return found


def rewrap() -> int:
    """Wrap under the newest master key what is wrapped under older ones; how many keys."""
    count = last = 0
    mark, _cipher = newest()
    alive = PersonKey.objects.filter(destroyed_at=None).order_by("pk")
    while rows := list(alive.filter(pk__gt=last)[:CHUNK]):
        for row in rows:
            if row.wrapped and bytes(row.wrapped)[: len(mark)] != mark:
                fresh = wrap(unwrap(bytes(row.wrapped), row.subject), row.subject)
                count += alive.filter(pk=row.pk).update(wrapped=fresh)
        last = rows[-1].pk
    return count


def _made(subject: Subject) -> PersonKey:
    wrapped = wrap(new_key(), subject.name)
    return PersonKey(
        subject=subject.name, store=subject.store, wrapped=wrapped, made_at=clock.now()
    )


def _living(subjects: Collection[Subject], hold: bool) -> "dict[Subject, tuple[int, AESSIV]]":
    by_name = {subject.name: subject for subject in subjects}
    rows = PersonKey.objects.filter(AmongTexts("subject", by_name), destroyed_at=None)
    return {
        by_name[name]: (person, cipher_of(unwrap(bytes(wrapped), name)))
        for person, name, wrapped in _fetched(rows.order_by("pk"), hold)
        if wrapped
    }


def _fetched(rows: "QuerySet[PersonKey]", hold: bool) -> list[tuple[int, str, Any]]:
    """Number, subject and wrapped key of each, on PostgreSQL shared with all who seal and with no destroyer."""
    columns = rows.values_list("pk", "subject", "wrapped")
    if not hold or connection.vendor != "postgresql":  # SQLite has one writer at a time
        return list(columns)
    statement, params = columns.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"{statement} FOR KEY SHARE", params)
        return cursor.fetchall()
