"""The keys of the log: from the environment or a file, never from the database."""

import os
from contextlib import suppress
from pathlib import Path

from django.conf import settings

from backoffice.audit.log.notes import BadKey, PublicKey, SigningKey

TRIAL = "localhost/history"  # the name of the key that a trial makes for itself


def signing_keys() -> list[SigningKey]:
    """What checkpoints are signed with: none where none was given; raises ``BadKey``.

    There are two while keys are rotated, the first of which is the one that stays.
    """
    written = settings.AUDIT_SIGNING_KEYS or _of_the_file()
    return [SigningKey.read(text) for text in written]


def public_keys() -> list[PublicKey]:
    """What checkpoints are checked with: those that were said to be right, and our own's."""
    known = [PublicKey.read(text) for text in settings.AUDIT_PUBLIC_KEYS]
    own = [key.public for key in signing_keys()]
    return list(dict.fromkeys((*known, *own)))


def keep(key: SigningKey, path: Path) -> None:
    """Write a new key to a file that nobody else may read; raises ``FileExistsError``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(f"{key.written()}\n")


def _of_the_file() -> list[str]:
    if not settings.AUDIT_SIGNING_KEY_FILE:
        return []
    path = Path(settings.AUDIT_SIGNING_KEY_FILE)
    try:
        return path.read_text(encoding="ascii").split()
    except (FileNotFoundError, UnicodeDecodeError) as problem:
        if settings.DEBUG and isinstance(problem, FileNotFoundError):
            return [_of_a_trial(path)]
        raise BadKey(
            f"There is no signing key in {path}. Make one with: python manage.py audit_key make"
        ) from None


def _of_a_trial(path: Path) -> str:
    """A key that was just made; another process may have been quicker."""
    with suppress(FileExistsError):
        keep(SigningKey.new(TRIAL), path)
    return path.read_text(encoding="ascii").strip()
