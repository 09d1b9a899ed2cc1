"""``manage.py prove_case NUMBER FILE``: the history of a case, with proof, for somebody outside."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from backoffice.audit.log.bundles import all_of, write_bundle
from backoffice.exceptions import BackofficeError
from refunds.models import RefundCase
from refunds.proofs import rows_of


class Command(BaseCommand):
    """Writes a zip file that anybody with Python and the public key can check."""

    help = "Write a proof of a case's history, which can be checked without this program."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which case, and where to."""
        parser.add_argument("number", help="The case's number.")
        parser.add_argument("file", help="The zip file to write; it must not be there yet.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file, or nothing."""
        case = RefundCase.objects.filter(number=options["number"]).first()
        if case is None:
            raise CommandError(f"There is no case {options['number']}.")
        path = Path(options["file"])
        try:
            with path.open("xb") as file:
                count = self._write(file, case, path)
        except OSError as problem:
            raise CommandError(f"{path} cannot be written: {problem}") from None
        self.stdout.write(f"{count} rows of history were written to {path}.")

    def _write(self, file: Any, case: RefundCase, path: Path) -> int:
        try:
            return write_bundle(file, all_of(case.number, rows_of(case)))
        except BackofficeError as refusal:
            path.unlink()
            raise CommandError(str(refusal)) from None
