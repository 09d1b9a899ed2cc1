"""``manage.py history_layouts``: write down the columns of history as they are today."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from backoffice.audit.log.layouts import FILE, extended, outdated, read, write


class Command(BaseCommand):
    """Adds a layout for each table whose columns changed; what is there is never touched."""

    requires_system_checks = ()  # one of them demands that this be run
    help = "Add a layout of the log for each table of history whose columns changed."

    def add_arguments(self, parser: CommandParser) -> None:
        """``--check`` for those who only want to know."""
        parser.add_argument(
            "--check", action="store_true", help="Write nothing; fail if it had to."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file, or fail where it is not up to date."""
        known = read(FILE) if FILE.exists() else []
        labels = [model._meta.label for model in outdated(known)]
        if options["check"] and labels:
            raise CommandError(
                f"The columns of {', '.join(labels)} changed. Run: python manage.py history_layouts"
            )
        if labels:
            write(FILE, extended(known))
        self.stdout.write(f"{len(labels)} layouts were added.")
