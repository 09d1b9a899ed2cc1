"""``manage.py createsuperuser``: Django's own, and the account begins with a version."""

from typing import Any

from django.contrib.auth.management.commands import createsuperuser
from django.utils.translation import gettext_noop

from backoffice.actors import INSTALLER, system
from backoffice.audit.recording import recorded

MADE = gettext_noop("Made at the command line.")


class Command(createsuperuser.Command):
    """Asks what Django's command asks. Who sits at the command line, the machine alone knows."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the account."""
        with recorded(system(INSTALLER), MADE):
            super().handle(*args, **options)
