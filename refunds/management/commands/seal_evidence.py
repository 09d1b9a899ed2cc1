"""``manage.py seal_evidence``: seal the files of evidence that an earlier version kept in clear, all at once."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from refunds.evidence.sealing import in_clear, seal_files


class Command(BaseCommand):
    """What the tick does some seconds at a time."""

    help = "Seal files of evidence that are still in clear under their buyers' keys."

    def handle(self, *args: Any, **options: Any) -> None:
        """Safe to end at any moment, and to run again."""
        sealed, _left = seal_files()
        self.stdout.write(f"files of evidence: {sealed} sealed")
        if left := in_clear().count():
            raise CommandError(
                f"{left} are still in clear: the log says which cannot be sealed, or another process is at it."
            )
