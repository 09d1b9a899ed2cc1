"""Stands in the way of simple-history's command of the same name: history is never cleaned."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    """Refuse."""

    help = "Refused: versions are never deleted."

    def handle(self, *args: Any, **options: Any) -> None:
        """Say why nothing happens."""
        raise CommandError("Versions are never deleted: they are the proof of what happened.")
