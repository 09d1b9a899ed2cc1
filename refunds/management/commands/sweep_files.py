"""``manage.py sweep_files``: delete files of evidence, exports and imports that no row names."""

from typing import Any

from django.core.management.base import BaseCommand

from backoffice import strays
from refunds.evidence import sweep


class Command(BaseCommand):
    """What a killed process left behind; the tick does the same a few times a day."""

    help = "Delete files of evidence, exports and imports that are older than a day and that no row names."

    def handle(self, *args: Any, **options: Any) -> None:
        """Sweep once, and print the count."""
        self.stdout.write(f"files: {sweep.sweep() + strays.sweep()} deleted")
