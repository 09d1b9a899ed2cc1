"""``manage.py expire_deadlines``: act once on every passed deadline."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from refunds.sweep import expire_deadlines


class Command(BaseCommand):
    """Run the timer's sweep once, and say what it did."""

    help = "Act on every case whose deadline has passed: approve, accept, withdraw or hold it."

    def handle(self, *args: Any, **options: Any) -> None:
        """Sweep, print the counts, fail when a case could not be handled."""
        sweep = expire_deadlines()
        self.stdout.write(
            f"decided {sweep.decided}, held for a person {sweep.held}, "
            f"decided by others meanwhile {sweep.passed_by}, failed {sweep.failed}"
        )
        if sweep.failed:
            raise CommandError(f"{sweep.failed} cases could not be handled; the log says why.")
