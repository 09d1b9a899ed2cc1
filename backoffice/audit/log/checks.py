"""What is looked at before anything starts: layouts for every table, and in production a key and anchors."""

from collections.abc import Iterator
from pathlib import Path
from stat import S_IRWXO as OTHERS
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured

from backoffice.audit.log.anchors import anchors
from backoffice.audit.log.keys import public_keys, signing_keys
from backoffice.audit.log.layouts import FILE, outdated, read
from backoffice.audit.log.notes import BadKey


def layouts_are_up_to_date(**_options: Any) -> list[CheckMessage]:
    """Without a layout of its columns a new version would go into the log in part, or not at all."""
    missing = [model._meta.label for model in outdated(read(FILE))]
    if not missing:
        return []
    return [
        Error(
            f"The log has no layout of the columns of {', '.join(missing)}.",
            hint="Run: python manage.py history_layouts",
            id="backoffice.E001",
        )
    ]


def keys_can_be_read(**_options: Any) -> list[CheckMessage]:
    """A key or an anchor with a slip of the pen is said at the start, not when it is used."""
    try:
        signing_keys()
        public_keys()
        anchors()
    except (BadKey, ImproperlyConfigured) as problem:
        return [Error(str(problem), id="backoffice.E002")]
    return list(_readable_key())


def _readable_key() -> Iterator[CheckMessage]:
    path = Path(settings.AUDIT_SIGNING_KEY_FILE)
    if not settings.AUDIT_SIGNING_KEYS and path.is_file() and path.stat().st_mode & OTHERS:
        yield checks.Warning(
            f"Everybody on this machine can read the signing key of history in {path}.",
            hint=f"Run: chmod o-rwx {path} – and rotate the key if it may have been read.",
            id="backoffice.W005",
        )


def history_is_signed(**_options: Any) -> list[CheckMessage]:
    """In production somebody signs, and what is signed is kept on more than the database's own disk."""
    found: list[CheckMessage] = []
    if not settings.AUDIT_SIGNING_KEYS and not settings.AUDIT_SIGNING_KEY_FILE:
        found.append(
            Error(
                "Nobody signs the log of history: there is no AUDIT_SIGNING_KEY.",
                hint="Make a key with: python manage.py audit_key make",
                id="backoffice.E003",
            )
        )
    if all(Path(settings.DATA_DIR) in Path(name[5:]).parents for name in settings.AUDIT_ANCHORS):
        found.append(
            checks.Warning(
                "All anchors of the log of history are folders beside the product's own data.",
                hint="Set AUDIT_ANCHORS to places that the owner of the database cannot rewrite.",
                id="backoffice.W004",
            )
        )
    return found
