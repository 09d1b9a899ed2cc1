"""Settings from the environment: typed helpers that fail loudly, in whole sentences."""

import base64
import binascii
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import time
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}
SCHEMES = {"sqlite", "postgres", "postgresql"}
BROKERS = {"filesystem", "redis", "rediss", "redis+socket", "sentinel", "amqp", "amqps", "pyamqp"}
# One writer at a time, who waits for the lock instead of failing half-way; readers never wait.
SQLITE = {
    "OPTIONS": {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; PRAGMA recursive_triggers=ON;",
    }
}
POSTGRESQL = {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}


@contextmanager
def sentences() -> Iterator[None]:
    """End the program with a bad setting's sentence alone: its traceback helps nobody."""
    try:
        yield
    except ImproperlyConfigured as problem:
        sys.exit(str(problem))


def text(name: str, default: str = "") -> str:
    """The variable as it stands, or ``default`` when it is not set."""
    return os.environ.get(name, default).strip()


def flag(name: str, *, default: bool) -> bool:
    """The variable as yes or no; anything else raises ``ImproperlyConfigured``."""
    value = os.environ.get(name)
    if value is None:
        return default
    if value.strip().lower() in TRUE:
        return True
    if value.strip().lower() in FALSE:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}. Set it to 1 or 0.")


def number(name: str, default: int) -> int:
    """The variable as a whole number; anything else raises ``ImproperlyConfigured``."""
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    try:
        return int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} is {value!r}. Set it to a whole number.") from None


def time_of_day(name: str, default: str) -> str:
    """The variable as hours and minutes, “03:00”; empty for “never”. Anything else raises ``ImproperlyConfigured``."""
    value = text(name) or default
    if value == "never":
        return ""
    try:
        return time.fromisoformat(value).strftime("%H:%M")
    except ValueError:
        raise ImproperlyConfigured(
            f"{name} is {value!r}. Set it to a time of day such as 03:00, or to never."
        ) from None


def listing(name: str) -> list[str]:
    """The variable as a list, split at commas; empty parts are dropped."""
    return [part.strip() for part in os.environ.get(name, "").split(",") if part.strip()]


def secret(name: str, *, debug: bool) -> str:
    """The secret key: at least 50 characters of at least 5 kinds, unless ``debug`` is on.

    Raises ``ImproperlyConfigured`` with what to do when the key is missing or weak.
    """
    value = text(name)
    if debug:
        return value or "development-only-" + "0123456789abcdef" * 4
    weak = len(value) < 50 or len(set(value)) < 5 or value.startswith("development-only-")
    if weak:
        state = "too weak" if value else "missing"
        raise ImproperlyConfigured(
            f"{name} is {state}. With DEBUG off, set it to at least 50 random characters, "
            "for example from: python -c 'import secrets; print(secrets.token_urlsafe(50))'"
        )
    return value


def keys(name: str, *, kept_in: str, made_in: Path | None) -> list[bytes]:
    """Master keys, newest first: of the variable, or of the file ``kept_in``.

    With neither, the one of the file ``made_in``, which is made once; where that is ``None``, none.
    Raises ``ImproperlyConfigured`` for what is not 32 bytes in base64.
    """
    try:
        written = text(name) or (Path(kept_in).read_text("ascii") if kept_in else "")
    except (OSError, UnicodeDecodeError):
        raise ImproperlyConfigured(f"{name}_FILE names {kept_in}, which cannot be read.") from None
    if not written.strip() and made_in:
        written = _made_once(made_in)
    parts = [part.strip() for part in written.replace("\n", ",").split(",") if part.strip()]
    return [_key(name, part) for part in parts]


def _key(name: str, part: str) -> bytes:
    try:
        key = base64.b64decode(part, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != 32:
        raise ImproperlyConfigured(
            f"{name} is not 32 bytes in base64, or several of them with commas between. Make one with: python -c "
            "'import base64, secrets; print(base64.b64encode(secrets.token_bytes(32)).decode())'"
        )
    return key


def _made_once(file: Path) -> str:
    """The file's content; of programs that start together one makes it, whole, for its own account only."""
    if not file.exists():
        with NamedTemporaryFile("w", dir=file.parent, encoding="ascii") as draft:
            draft.write(base64.b64encode(secrets.token_bytes(32)).decode())
            draft.flush()
            with suppress(FileExistsError):  # somebody else was first
                os.link(draft.name, file)
    return file.read_text("ascii")


def hosts(name: str, *, debug: bool) -> list[str]:
    """The host names to answer to; with ``debug`` on only this machine's own are accepted."""
    names = listing(name)
    local = {"localhost", "127.0.0.1", "[::1]", "testserver"}
    if debug and set(names) - local:
        raise ImproperlyConfigured(
            f"{name} names {', '.join(names)} while DEBUG is on. DEBUG shows the program's inside "
            "to visitors, so it serves this machine only. Set DEBUG=0 to serve other names."
        )
    if not debug and not names:
        raise ImproperlyConfigured(
            f"{name} is empty. With DEBUG off, set it to the host names to answer to, "
            "separated by commas."
        )
    return names or ["localhost", "127.0.0.1", "[::1]"]


def database(name: str, *, default: str) -> dict[str, Any]:
    """The database that the variable's URL names: SQLite or PostgreSQL, with what each needs."""
    url = text(name) or default
    scheme = url.partition("://")[0]
    if scheme not in SCHEMES:
        raise ImproperlyConfigured(
            f"{name} starts with {scheme[:20]!r}. Use postgres://user:password@host:5432/name "
            "for PostgreSQL, or sqlite:////path/to/file for SQLite."
        )
    try:
        found = dict(dj_database_url.parse(url))
    except ValueError:  # its text may hold the password
        found = {}
    if not found.get("NAME"):
        raise ImproperlyConfigured(
            f"{name} is not a whole database URL. It reads like "
            "postgres://user:password@host:5432/name, with special characters percent-encoded."
        )
    return found | (SQLITE if scheme == "sqlite" else POSTGRESQL)


def broker(name: str, *, default: str) -> str:
    """Where Celery's messages go: folders, Redis or RabbitMQ; anything else would fail at the first one."""
    url = text(name) or default
    scheme, whole, _rest = url.partition("://")
    if scheme not in BROKERS or not whole:
        raise ImproperlyConfigured(
            f"{name} starts with {scheme[:20]!r}. Use redis://host:6379/0 for Redis, "
            "amqp://user:password@host:5672// for RabbitMQ, or leave it out for folders on this machine."
        )
    return url
