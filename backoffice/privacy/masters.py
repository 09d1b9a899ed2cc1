"""The master keys: each person's key is wrapped under the newest of them before it goes into the database.

They come from ``PRIVACY_KEY`` or a file, newest first, and are never in the database. What is wrapped says
by which of them, so that several can be in use while one takes the place of another.
"""

import hashlib
import secrets
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MARK, NONCE = 8, 12  # bytes: which master key it was, and what makes each wrapping differ
MISSING = (
    "PRIVACY_KEY is missing, so buyers' personal data can be neither kept nor read. Set it to 32 random bytes in "
    "base64, for example from: "
    "python -c 'import base64, secrets; print(base64.b64encode(secrets.token_bytes(32)).decode())'"
)


def wrap(key: bytes, bound_to: str) -> bytes:
    """``key`` as the database may hold it; only with the same ``bound_to`` is it ever unwrapped."""
    mark, cipher = newest()
    nonce = secrets.token_bytes(NONCE)
    return mark + nonce + cipher.encrypt(nonce, key, bound_to.encode())


def unwrap(wrapped: bytes, bound_to: str) -> bytes:
    """The key again. Raises ``ImproperlyConfigured`` when its master key is not at hand."""
    from cryptography.exceptions import InvalidTag  # loaded with the first key, as in ``sealed``

    mark, nonce, rest = wrapped[:MARK], wrapped[MARK : MARK + NONCE], wrapped[MARK + NONCE :]
    cipher = _ciphers(_known()).get(mark)
    if cipher is None:
        raise ImproperlyConfigured(
            f"A key was wrapped under the master key {mark.hex()}, which is not among those of PRIVACY_KEY. "
            "Put it there, after the newest one."
        )
    try:
        return cipher.decrypt(nonce, rest, bound_to.encode())
    except InvalidTag:
        raise ImproperlyConfigured(
            f"The key of {bound_to!r} is not what was wrapped. Find out who changed the database."
        ) from None


def newest() -> "tuple[bytes, AESGCM]":
    """The mark of the newest master key, and the key at work."""
    return next(iter(_ciphers(_known()).items()))


def _known() -> tuple[bytes, ...]:
    if not settings.PRIVACY_KEYS:
        raise ImproperlyConfigured(MISSING)
    return tuple(settings.PRIVACY_KEYS)


@cache
def _ciphers(keys: tuple[bytes, ...]) -> "dict[bytes, AESGCM]":
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return {hashlib.sha256(b"master " + key).digest()[:MARK]: AESGCM(key) for key in keys}
