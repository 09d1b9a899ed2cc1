"""``manage.py prepare``: bring database and files up to this version of the program."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Migrates; then loads the demo with ``DEBUG`` on, or collects the static files without."""

    help = "Migrate, then load the demo (DEBUG on) or collect static files (DEBUG off)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Safe to run at every start: each step skips what is done."""
        self.stdout.write("Preparing the database.")
        call_command("migrate", interactive=False, verbosity=0)
        if not settings.DEBUG:
            call_command("collectstatic", interactive=False, verbosity=0)
        else:
            call_command("demo", stdout=self.stdout)
