"""A personal value as it is kept: ``sealed1:PERSON:CIPHERTEXT``, the same in rows, versions and copies.

AES-SIV (RFC 5297) gives equal bytes for equal text of one person: a value that is written again is
unchanged, SQL compares two of them, and a copy needs no key. Of different people nothing is ever equal.

Ciphers are loaded with the first value that is opened or closed: a process that sees none does without the 6 MB
of their library.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

BITS = 512  # of a person's key: AES-256 twice, once for the mark of the text and once for the text
MASK = "••••"
TOKEN = re.compile(r"sealed1:(\d{1,18}):([A-Za-z0-9_-]{22,})")


class Sealed(str):
    """A value's ciphertext. To programs it is just that; put into words it is what its reader may see.

    ``place`` says whose field it was read from (“orders.buyer 17 name”), once it is known.
    """

    place = ""
    teller: ClassVar[Callable[[Any], str]] = lambda _value: (
        MASK
    )  # until ``reading`` knows who reads

    def __new__(cls, value: str) -> "Sealed":
        """A copy keeps the ciphertext: ``str`` would ask for its words."""
        return super().__new__(cls, value.token if isinstance(value, Sealed) else value)

    def __str__(self) -> str:
        return Sealed.teller(self)

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __repr__(self) -> str:
        return "<sealed>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Sealed, (self.token,)

    @property
    def token(self) -> str:
        """What the database holds."""
        return str.__str__(self)

    @property
    def person(self) -> int:
        """Whose key opens it."""
        return int(self.token.split(":", 2)[1])


def is_sealed(value: str) -> bool:
    """Whether ``value`` is a ciphertext of ours, by its form."""
    return bool(TOKEN.fullmatch(value))


def new_key() -> bytes:
    """Random bytes for one person."""
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

    return AESSIV.generate_key(BITS)


def cipher_of(key: bytes) -> "AESSIV":
    """The key at work."""
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

    return AESSIV(key)


def close(text: str, person: int, cipher: "AESSIV") -> Sealed:
    """``text`` under the key of ``person``."""
    sealed = cipher.encrypt(text.encode(), [str(person).encode()])
    return Sealed(f"sealed1:{person}:{urlsafe_b64encode(sealed).decode().rstrip('=')}")


def open_up(sealed: Sealed, cipher: "AESSIV") -> str:
    """The text. Raises ``ValueError`` when it is not what was sealed under this key."""
    from cryptography.exceptions import InvalidTag

    _version, person, body = sealed.token.split(":")
    try:
        data = urlsafe_b64decode(body + "=" * (-len(body) % 4))
        return cipher.decrypt(data, [person.encode()]).decode()
    except InvalidTag:
        raise ValueError("This is not what was sealed under the person's key.") from None
