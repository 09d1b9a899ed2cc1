"""``manage.py index_history``: bring the index of the search in history up to date."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from backoffice.audit.search.indexing import catch_up, complete_until, rebuild


class Command(BaseCommand):
    """Put into the index what is missing; with ``--rebuild`` draw all of it anew."""

    help = "Bring the index of the search in history up to date, or draw it anew from the versions."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--rebuild`` throws the index away first."""
        parser.add_argument("--rebuild", action="store_true", help="Throw the index away first.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Index, and say how much was missing and up to when it is complete."""
        if options["rebuild"]:
            rebuild()
        written = catch_up()
        until = complete_until()
        moment = (
            f"complete up to {until.isoformat(timespec='seconds')}"
            if until
            else "not complete yet: somebody is writing"
        )
        self.stdout.write(f"{written} changes indexed, {moment}")
