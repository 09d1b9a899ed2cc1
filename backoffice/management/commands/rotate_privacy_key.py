"""``manage.py rotate_privacy_key``: wrap every person's key under the newest master key."""

from typing import Any

from django.core.management.base import BaseCommand

from backoffice.privacy.keys import rewrap


class Command(BaseCommand):
    """Needs the old master keys beside the new one; afterwards they can be thrown away."""

    help = "Wrap every person's key under the first master key of PRIVACY_KEY."

    def handle(self, *args: Any, **options: Any) -> None:
        """Safe to end at any moment, and to run again."""
        count = rewrap()
        self.stdout.write(f"{count} keys are wrapped under the newest master key now.")
