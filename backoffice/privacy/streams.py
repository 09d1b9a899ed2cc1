"""Large files as ciphertext on the disk: written and read in pieces, so that memory does not grow with them.

A file has a key of its own, which stands at its head under the key of whose it is. Whoever destroys that
person's key has deleted the file, with every copy and backup of it. Each piece is sealed by itself
(AES-256-GCM) under its place and whether it is the last one: pieces that were swapped, changed, left out or
cut off do not open, and a player can begin anywhere.
"""

import io
import secrets
import struct
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from django.core.files.base import File

from backoffice.privacy.keys import Subject, current_ring, keys_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV

MARK = b"sealed2:"
HEAD = struct.Struct(">8sQ48s")  # the mark, whose key, and the file's own key under it
PIECE, TAG = 64 * 1024, 16
TOUCHED = "This file is not what was sealed."


class Whose(NamedTuple):
    """The number of somebody's key, and the key at work: what files are sealed under."""

    person: int
    cipher: "AESSIV"


def whose(subject: Subject, *, hold: bool = True) -> Whose:
    """Whose files are those of ``subject``: the living key, made if there is none (see ``keys_of``)."""
    return Whose(*keys_of([subject], hold=hold)[subject])


class Closed(File):
    """``content`` as it goes to the disk: a storage takes it piece by piece."""

    def __init__(self, content: IO[bytes], owner: Whose) -> None:
        super().__init__(content)
        self.content, self.owner = content, owner

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        """The head, then every piece."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # with the first key

        key = secrets.token_bytes(32)
        wrapped = self.owner.cipher.encrypt(key, [_bound_to(self.owner.person)])
        yield HEAD.pack(MARK, self.owner.person, wrapped)
        cipher, number = AESGCM(key), 0
        self.content.seek(0)
        piece = self.content.read(PIECE)
        while True:
            after = self.content.read(PIECE)
            yield cipher.encrypt(_nonce(number, last=not after), piece, None)
            if not after:
                return
            piece, number = after, number + 1


class Pieces(io.RawIOBase):
    """The content of a sealed file, opened where it is read."""

    def __init__(self, kept: IO[bytes], cipher: "AESGCM") -> None:
        self.kept, self.cipher = kept, cipher
        body = kept.seek(0, io.SEEK_END) - HEAD.size
        self.count = max(1, -(-body // (PIECE + TAG)))
        last = body - (self.count - 1) * (PIECE + TAG)
        if last < TAG + (self.count > 1):  # cut off inside a tag
            raise ValueError(TOUCHED)
        self.size, self.at = body - self.count * TAG, 0
        self.number, self.piece = -1, b""

    def readable(self) -> bool:
        """It is there to be read."""
        return True

    def seekable(self) -> bool:
        """A player may begin anywhere."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place of the content."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self.at, io.SEEK_END: self.size}[whence]
        self.at = max(0, base + offset)
        return self.at

    def readinto(self, buffer: Any) -> int:
        """Up to the end of the piece at hand."""
        if self.at >= self.size:
            self._require_end()
            return 0
        number, start = divmod(self.at, PIECE)
        part = self._opened(number)[start : start + len(buffer)]
        buffer[: len(part)] = part
        self.at += len(part)
        return len(part)

    def close(self) -> None:
        """Close the file under it as well."""
        self.kept.close()
        super().close()

    def _require_end(self) -> None:
        if not self.size:
            self._opened(0)  # nothing is content, too: it has to be nothing that was sealed

    def _opened(self, number: int) -> bytes:
        from cryptography.exceptions import InvalidTag

        if number != self.number:
            self.kept.seek(HEAD.size + number * (PIECE + TAG))
            sealed = self.kept.read(PIECE + TAG)
            nonce = _nonce(number, last=number == self.count - 1)
            try:
                self.piece = self.cipher.decrypt(nonce, sealed, None)
            except InvalidTag:
                raise ValueError(TOUCHED) from None
            self.number = number
        return self.piece


def open_stream(kept: IO[bytes]) -> IO[bytes] | None:
    """The content of ``kept``; ``None`` once its key was destroyed.

    A file that was never sealed is what it is. Raises ``ValueError`` for one that was touched. Whoever gets
    the content closes it; else ``kept`` is closed here.
    """
    try:
        opened = _opened(kept)
    except BaseException:
        kept.close()
        raise
    if opened is None:
        kept.close()
    return opened


def is_closed(kept: IO[bytes]) -> bool:
    """Whether ``kept`` is ciphertext, by its first bytes."""
    kept.seek(0)
    head = kept.read(len(MARK))
    kept.seek(0)
    return head == MARK


def _opened(kept: IO[bytes]) -> IO[bytes] | None:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if not is_closed(kept):
        return kept
    head = kept.read(HEAD.size)
    if len(head) < HEAD.size:
        raise ValueError(TOUCHED)
    _mark, person, wrapped = HEAD.unpack(head)
    cipher = current_ring().of(person).cipher
    if cipher is None:
        return None
    try:
        key = cipher.decrypt(wrapped, [_bound_to(person)])
    except InvalidTag:
        raise ValueError(TOUCHED) from None
    return io.BufferedReader(Pieces(kept, AESGCM(key)), PIECE)


def _bound_to(person: int) -> bytes:
    return b"file %d" % person


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])
