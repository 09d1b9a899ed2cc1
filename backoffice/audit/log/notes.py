"""Signed notes and checkpoints, in the formats of C2SP: anybody's tools can read and check them.

A note is a text, an empty line, and a line for each signature. A checkpoint is the note whose text is the
log's name, the number of leaves and the root; we add a line that says when. Keys have the log's name too,
and are written as Go's ``sumdb/note`` writes them. Signatures are Ed25519.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from hashlib import sha256
from itertools import chain
from typing import Any, Self

ED25519 = b"\x01"
DASH = "— "
PRIVATE = "PRIVATE+KEY+"
NAME = re.compile(r"[^\s+]+")
READ = 4096  # notes that are remembered: what several kept alike is read once


class BadKey(ValueError):
    """What was given is no key; the message says what one looks like."""


class BadNote(ValueError):
    """What was read is no checkpoint."""


@dataclass(frozen=True)
class PublicKey:
    """What signatures are checked with."""

    name: str
    raw: bytes

    @cached_property
    def hash(self) -> bytes:
        """The four bytes that a signature names its key by."""
        return sha256(f"{self.name}\n".encode() + ED25519 + self.raw).digest()[:4]

    def __str__(self) -> str:
        encoded = base64.b64encode(ED25519 + self.raw).decode()
        return f"{self.name}+{self.hash.hex()}+{encoded}"

    @classmethod
    def read(cls, text: str) -> Self:
        """The key that is written as ``name+hash+key``; raises ``BadKey``."""
        name, _plus, rest = text.strip().partition("+")
        _hash, _plus, encoded = rest.partition("+")
        key = cls(name, _raw(encoded))
        if not NAME.fullmatch(name) or str(key) != text.strip():
            raise BadKey("A public key reads like name+1f2e3d4c+AbC…=, on one line.")
        return key

    def signed(self, text: str, signature: bytes) -> bool:
        """Whether ``signature`` is this key's of ``text``."""
        from cryptography.exceptions import InvalidSignature

        try:
            self._point.verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True

    @cached_property
    def _point(self) -> Any:
        return _curve().Ed25519PublicKey.from_public_bytes(self.raw)


@dataclass(frozen=True)
class SigningKey:
    """What checkpoints are signed with; it never gets into the database, a page or the log file."""

    name: str
    seed: bytes = field(repr=False)

    @classmethod
    def new(cls, name: str) -> Self:
        """A new key for the log ``name``; raises ``BadKey`` for a name that notes cannot have."""
        if not NAME.fullmatch(name):
            raise BadKey(
                "The name of a key is one word without a plus, such as desk.example.com/history."
            )
        return cls(name, _curve().Ed25519PrivateKey.generate().private_bytes_raw())

    @cached_property
    def public(self) -> PublicKey:
        """Its public half."""
        return PublicKey(self.name, self._secret.public_key().public_bytes_raw())

    @cached_property
    def _secret(self) -> Any:
        return _curve().Ed25519PrivateKey.from_private_bytes(self.seed)

    def written(self) -> str:
        """The key as it is kept in a file or a variable."""
        encoded = base64.b64encode(ED25519 + self.seed).decode()
        return f"{PRIVATE}{self.name}+{self.public.hash.hex()}+{encoded}"

    @classmethod
    def read(cls, text: str) -> Self:
        """The key that is written as ``PRIVATE+KEY+name+hash+key``; raises ``BadKey``."""
        name, _plus, rest = text.strip().removeprefix(PRIVATE).partition("+")
        _hash, _plus, encoded = rest.partition("+")
        key = cls(name, _raw(encoded))
        if not NAME.fullmatch(name) or key.written() != text.strip():
            raise BadKey(
                "A signing key reads like PRIVATE+KEY+name+1f2e3d4c+AbC…=. "
                "Make one with: python manage.py audit_key make"
            )
        return key

    def sign(self, text: str) -> str:
        """The line with this key's signature of ``text``."""
        signature = self._secret.sign(text.encode())
        encoded = base64.b64encode(self.public.hash + signature).decode()
        return f"{DASH}{self.name} {encoded}\n"


def _curve() -> Any:
    """The library of signatures, loaded with the first of them: most processes neither sign nor read one."""
    from cryptography.hazmat.primitives.asymmetric import ed25519

    return ed25519


def _raw(encoded: str) -> bytes:
    """The 32 bytes of a key; nothing where there are none."""
    try:
        decoded = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        decoded = b""
    if len(decoded) != 33 or decoded[:1] != ED25519:
        raise BadKey("This is no Ed25519 key in the format of signed notes.")
    return decoded[1:]


@dataclass(frozen=True)
class Note:
    """A checkpoint as it was read, not yet believed."""

    origin: str
    size: int
    root: bytes
    at: datetime | None
    text: str
    signatures: tuple[tuple[str, bytes], ...]

    def __str__(self) -> str:
        lines = [f"{DASH}{name} {base64.b64encode(s).decode()}\n" for name, s in self.signatures]
        return f"{self.text}\n{''.join(lines)}"

    def signers(self, keys: Iterable[PublicKey]) -> list[PublicKey]:
        """Those of ``keys`` that signed it; empty where nobody did whom we know."""
        return [
            key
            for key in keys
            if key.name == self.origin
            and any(
                name == key.name and data[:4] == key.hash and key.signed(self.text, data[4:])
                for name, data in self.signatures
            )
        ]


def make(size: int, root: bytes, at: datetime, keys: Sequence[SigningKey]) -> Note:
    """The checkpoint of a tree, signed with each of ``keys``; the first one's name is the log's."""
    encoded = base64.b64encode(root).decode()
    return read(sign(f"{keys[0].name}\n{size}\n{encoded}\ntime {written_moment(at)}\n", keys))


def sign(text: str, keys: Sequence[SigningKey]) -> str:
    """The note of a text, signed with each of ``keys``."""
    return f"{text}\n" + "".join(key.sign(text) for key in keys)


def written_moment(at: datetime) -> str:
    """A moment as notes have it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@lru_cache(READ)
def read(written: str) -> Note:
    """The checkpoint of a note; raises ``BadNote``."""
    body, empty, signed = written.rpartition(f"\n\n{DASH}")
    lines = body.split("\n")
    try:
        origin, size, root = lines[:3]
        moment = next((line[5:] for line in lines[3:] if line.startswith("time ")), "")
        found = Note(
            origin,
            int(size),
            base64.b64decode(root, validate=True),
            datetime.fromisoformat(moment) if moment else None,
            f"{body}\n",
            tuple(map(_signature, f"{DASH}{signed}".splitlines())),
        )
    except ValueError:
        raise BadNote("This is no checkpoint.") from None
    if not empty or found.size < 0 or str(found.size) != size or len(found.root) != 32:
        raise BadNote("This is no checkpoint.")
    return found


def _signature(line: str) -> tuple[str, bytes]:
    name, _space, encoded = line.removeprefix(DASH).partition(" ")
    data = base64.b64decode(encoded, validate=True)
    if not line.startswith(DASH) or not name or len(data) < 5:
        raise BadNote("This is no signature.")
    return name, data


def found_in(lines: Iterable[str]) -> Iterator[Note]:
    """Every checkpoint in a text, such as a file of many or a mail; what is none is passed over."""
    body: list[str] = []  # the last paragraph
    signed: list[str] = []
    for raw in chain(lines, [""]):
        line = raw.rstrip("\r\n")
        if line.startswith(DASH):
            signed.append(line)
            continue
        if signed:
            yield from _tried(body, signed)
            body, signed = [], []
        if line and body and not body[-1]:
            body = []
        if line or body:
            body.append(line)


def _tried(body: list[str], signed: list[str]) -> Iterator[Note]:
    try:
        yield read("\n".join(body).rstrip("\n") + "\n\n" + "\n".join(signed) + "\n")
    except BadNote:
        return
