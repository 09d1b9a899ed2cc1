"""``manage.py sweep_files``: delete files of evidence that no row names."""

from typing import Any

from django.core.management.base import BaseCommand

from refunds.evidence.sweep import sweep


class Command(BaseCommand):
    """What a killed upload left behind; the tick does the same a few times a day."""

    help = "Delete files of evidence that are older than a day and that no row names."

    def handle(self, *args: Any, **options: Any) -> None:
        """Sweep once, and print the count."""
        self.stdout.write(f"files: {sweep()} deleted")
