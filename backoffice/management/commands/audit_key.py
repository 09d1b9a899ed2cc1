"""``manage.py audit_key``: make a key for the log's checkpoints, or show who signs them."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from backoffice.audit.log.keys import TRIAL, keep, public_keys, signing_keys
from backoffice.audit.log.notes import BadKey, SigningKey


class Command(BaseCommand):
    """The signing key goes to a file or to the screen; its public half is what auditors are given."""

    help = "Make a key for the checkpoints of history, or show the public keys."
    requires_system_checks = ()  # one of them demands a key

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do, and what the key is called and where it goes."""
        parser.add_argument("do", choices=["make", "show"])
        parser.add_argument("--name", help="The log's name, such as desk.example.com/history.")
        parser.add_argument("--file", help="Where to keep the key; else it is printed.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make or show."""
        try:
            if options["do"] == "make":
                self._make(options["name"], options["file"])
            else:
                self._show()
        except BadKey as problem:
            raise CommandError(str(problem)) from None

    def _make(self, name: str | None, file: str | None) -> None:
        key = SigningKey.new(name or _name())
        if file is None:
            self.stdout.write(f"AUDIT_SIGNING_KEY={key.written()}")
        else:
            try:
                keep(key, Path(file))
            except FileExistsError:
                raise CommandError(
                    f"{file} is there already. Keys are never overwritten."
                ) from None
        self.stdout.write(f"AUDIT_PUBLIC_KEYS={key.public}")

    def _show(self) -> None:
        own = {key.public for key in signing_keys()}
        for key in public_keys():
            self.stdout.write(f"{key}{'  (signs)' if key in own else ''}")


def _name() -> str:
    """The log's name so far, or one that is made of the host's."""
    keys = public_keys()
    if keys:
        return keys[0].name
    host = settings.ALLOWED_HOSTS[0].lstrip(".*")
    return TRIAL if settings.DEBUG or not host else f"{host}/history"
