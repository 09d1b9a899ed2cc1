"""``manage.py apply_retention``: carry out the retention rules now, or say what would go."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from backoffice.privacy import retention


class Command(BaseCommand):
    """What the tick does once a day."""

    help = "Delete what is no longer kept, by the retention rules; --dry-run only counts."

    def add_arguments(self, parser: CommandParser) -> None:
        """``--dry-run``."""
        parser.add_argument("--dry-run", action="store_true", help="Count, and delete nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Safe to end at any moment, and to run again."""
        if options["dry_run"]:
            for due in retention.dry_run():
                rule = f"{due.rule.days} days" if due.rule else "never"
                self.stdout.write(
                    f"{due.holding.code} ({rule}): {due.due} would go, {due.held} held back."
                )
            return
        done = retention.apply()
        for code, count in done.items():
            self.stdout.write(f"{code}: {count} deleted.")
        if not done:
            self.stdout.write("No rule is in force, or another pass is under way.")
