"""``manage.py changepassword``: Django's own, and the account's history tells of it."""

from typing import Any

from django.contrib.auth.management.commands import changepassword
from django.utils.translation import gettext_noop

from backoffice.accounts.words import SET_PASSWORD
from backoffice.actors import INSTALLER, system
from backoffice.audit.recording import recorded

SET = gettext_noop("Set at the command line.")


class Command(changepassword.Command):
    """Asks what Django's command asks. Who sits at the command line, the machine alone knows."""

    def handle(self, *args: Any, **options: Any) -> str | None:
        """Set the password."""
        with recorded(system(INSTALLER), SET, SET_PASSWORD):
            return super().handle(*args, **options)
