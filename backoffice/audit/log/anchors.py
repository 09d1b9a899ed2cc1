"""Where checkpoints are left outside of the database, so that its owner cannot take them back.

By setting: ``file:FOLDER``, ``mailto:ADDRESS``, ``https://…`` (an object store or any server that takes PUT).
A folder gets the leaves too, a line each: when a root does not hold, they tell which row it was.
"""

import base64
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from fcntl import LOCK_EX, flock
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import IO, ClassVar

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import send_mail

from backoffice.audit.log.keys import public_keys
from backoffice.audit.log.notes import Note, found_in, read

BLOCK = 65_536  # leaves of one file
TAIL = 16_384  # bytes in which the last checkpoint of a file is found
TIMEOUT = 10  # seconds for a server's answer


@dataclass(frozen=True)
class Listed:
    """A leaf as an anchor has it."""

    index: int
    label: str
    row: int
    layout: int
    hash: bytes
    marks: bytes

    def __str__(self) -> str:
        hashed, marks = (base64.b64encode(data).decode() for data in (self.hash, self.marks))
        return f"{self.index} {self.label} {self.row} {self.layout} {hashed} {marks}"

    @classmethod
    def read(cls, line: str) -> "Listed | None":
        """The leaf of a line; ``None`` for what a power cut left of one."""
        try:
            index, label, row, layout, hashed, marks = line.split()
            found = cls(
                int(index),
                label,
                int(row),
                int(layout),
                base64.b64decode(hashed),
                base64.b64decode(marks),
            )
        except ValueError:
            return None
        return found if len(found.hash) == 32 else None


class Anchor:
    """A place outside. ``wants_all`` says that it takes every checkpoint, and not the latest only."""

    wants_all: ClassVar[bool] = False
    is_read: ClassVar[bool] = True  # from here

    def __init__(self, name: str) -> None:
        self.name = name

    def leave(self, note: str, leaves: Iterable[Listed]) -> None:
        """Leave a checkpoint there, and the leaves since the one before; raises ``OSError``."""
        raise NotImplementedError

    def notes(self, after: int = 0) -> Iterator[Note]:
        """The checkpoints that are there, as far as they can be read from here.

        Those of at most ``after`` leaves may be left out, where that saves reading them.
        """
        yield from ()

    def newest(self) -> Note | None:
        """The largest checkpoint that is there."""
        return max(self.notes(), key=lambda note: note.size, default=None)

    def leaves(self, start: int, end: int) -> Iterator[Listed]:
        """The leaves that are listed there, from ``start`` to before ``end``."""
        yield from ()


class Folder(Anchor):
    """A folder: ``checkpoints`` and files of leaves, all of which are appended to and never rewritten."""

    wants_all = True

    @cached_property
    def path(self) -> Path:
        """The folder."""
        return Path(self.name.removeprefix("file:"))

    @property
    def _checkpoints(self) -> Path:
        return self.path / "checkpoints"

    def leave(self, note: str, leaves: Iterable[Listed]) -> None:
        """Append to its files, the leaves first: what a checkpoint covers is there before it.

        One at a time does so. What somebody else, or one who was killed afterwards, left already is not
        left again.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        with self._checkpoints.open("ab") as held:
            with suppress(OSError):  # a disk without locks: a line more does no harm
                flock(held, LOCK_EX)
            last = self.newest()
            if last is None or last.size < read(note).size or not last.signers(public_keys()):
                self._append(note, leaves)

    def _append(self, note: str, leaves: Iterable[Listed]) -> None:
        for block, those in groupby(leaves, key=lambda leaf: leaf.index // BLOCK):
            _append(self._block(block), (f"{leaf}\n" for leaf in those))
        _append(self._checkpoints, [f"{note}\n"])

    def notes(self, after: int = 0) -> Iterator[Note]:
        """Every checkpoint, from the first or from shortly before that of more than ``after`` leaves."""
        try:
            with self._checkpoints.open("rb") as file:
                if after:
                    _skip(file, after)
                yield from found_in(line.decode("utf-8", errors="replace") for line in file)
        except FileNotFoundError:
            return

    def newest(self) -> Note | None:
        """The largest of the last checkpoints; ``None`` where nothing can be read."""
        try:
            with self._checkpoints.open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL))
                tail = file.read().decode("utf-8", errors="replace")
        except OSError:
            return None
        return max(found_in(tail.splitlines()), key=lambda note: note.size, default=None)

    def leaves(self, start: int, end: int) -> Iterator[Listed]:
        """The leaves in their order; one that was appended twice counts once."""
        expected = start
        for block in range(start // BLOCK, (end - 1) // BLOCK + 1 if end > start else 0):
            try:
                file = self._block(block).open(encoding="ascii", errors="replace")
            except FileNotFoundError:
                continue
            with file:
                for found in filter(None, map(Listed.read, file)):
                    if expected <= found.index < end:
                        yield found
                        expected = found.index + 1

    def _block(self, number: int) -> Path:
        return self.path / f"leaves-{number:06d}"


def _skip(file: IO[bytes], after: int) -> None:
    """Go on to where the checkpoints of more than ``after`` leaves begin: they stand in their order."""
    low, high = 0, file.seek(0, os.SEEK_END)
    while high - low > TAIL:
        middle = (low + high) // 2
        file.seek(middle)
        text = file.read(TAIL).decode("utf-8", errors="replace")
        note = next(found_in(text.splitlines()[1:]), None)
        low, high = (middle, high) if note and note.size <= after else (low, middle)
    file.seek(low)
    if low:
        file.readline()  # of which only the end is there


def _append(path: Path, lines: Iterable[str]) -> None:
    """Add lines to a file and wait until the disk has them; half a line of a crash is ended first."""
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o640)
    with os.fdopen(handle, "r+b") as file:
        if file.seek(0, os.SEEK_END):
            file.seek(-1, os.SEEK_END)
            file.write(b"" if file.read(1) == b"\n" else b"\n")
        file.writelines(line.encode() for line in lines)
        file.flush()
        os.fsync(file.fileno())


class Mailbox(Anchor):
    """An address that gets each checkpoint by mail: its owner gives them to the verifier as a file."""

    is_read = False

    def leave(self, note: str, leaves: Iterable[Listed]) -> None:
        """Send the checkpoint."""
        address = self.name.removeprefix("mailto:")
        size = note.split("\n")[1]
        send_mail(f"Checkpoint of {size} rows of history", note, None, [address])


class Server(Anchor):
    """An object store, or whatever takes PUT: each checkpoint under its size, the latest as ``latest``."""

    def leave(self, note: str, leaves: Iterable[Listed]) -> None:
        """Put the checkpoint there."""
        import requests  # with the first server only: it takes 4 MB of every process

        for name in (note.split("\n")[1], "latest"):
            headers = {"Content-Type": "text/plain; charset=utf-8"}
            answer = requests.put(
                self._url(name), data=note.encode(), headers=headers, timeout=TIMEOUT
            )
            answer.raise_for_status()

    def notes(self, after: int = 0) -> Iterator[Note]:
        """The latest checkpoint."""
        import requests

        answer = requests.get(self._url("latest"), timeout=TIMEOUT)
        if answer.status_code != 404:
            answer.raise_for_status()
            yield from found_in(answer.content.decode("utf-8", errors="replace").splitlines())

    def _url(self, name: str) -> str:
        return f"{self.name.rstrip('/')}/{name}"


KINDS: dict[str, type[Anchor]] = {
    "file:": Folder,
    "mailto:": Mailbox,
    "https://": Server,
    "http://": Server,
}


def anchors() -> list[Anchor]:
    """The anchors of the settings; raises ``ImproperlyConfigured`` for one that is of no kind."""
    return [_anchor(name) for name in settings.AUDIT_ANCHORS]


def _anchor(name: str) -> Anchor:
    for start, kind in KINDS.items():
        if name.startswith(start) and len(name) > len(start):
            return kind(name)
    raise ImproperlyConfigured(
        f"AUDIT_ANCHORS names {name!r}. An anchor is file:/a/folder, mailto:somebody@example.com "
        "or https://a.server/a/path."
    )


def newest_anchored() -> Note | None:
    """The largest checkpoint that we signed and left in a folder."""
    keys = public_keys()
    found = (anchor.newest() for anchor in anchors() if isinstance(anchor, Folder))
    ours = (note for note in found if note and note.signers(keys))
    return max(ours, key=lambda note: note.size, default=None)
