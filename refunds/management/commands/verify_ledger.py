"""``manage.py verify_ledger``: does the ledger say what the payouts say?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from refunds.ledger.checking import findings
from refunds.models import LedgerEntry


class Command(BaseCommand):
    """Compare the ledger with the payouts; exit non-zero when something does not hold."""

    help = "Check that the ledger's guards are there and that its entries fit the payouts."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print every finding and a count, fail on any."""
        count = 0
        for finding in findings():
            self.stdout.write(str(finding))
            count += 1
        self.stdout.write(f"{LedgerEntry.objects.count()} entries, {count} findings")
        if count:
            raise CommandError("The ledger does not hold; the findings are above.")
