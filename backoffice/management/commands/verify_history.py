"""``manage.py verify_history``: is history whole?"""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from backoffice.audit.verify import verify


class Command(BaseCommand):
    """Compare every audited row with its versions; exit non-zero when something does not hold."""

    help = "Check that every audited row has signed versions and equals the last of them."

    def add_arguments(self, parser: CommandParser) -> None:
        """``--json`` for programs."""
        parser.add_argument("--json", action="store_true", help="Print the report as JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Verify, print what was found, fail on any finding."""
        report = verify()
        if options["json"]:
            self.stdout.write(json.dumps(asdict(report), indent=2))
        else:
            for finding in report.findings:
                self.stdout.write(f"{finding.model} {finding.row} {finding.problem}")
            self.stdout.write(
                f"{report.models} models, {report.rows} rows, {report.versions} versions, "
                f"{len(report.findings)} findings"
            )
        if report.findings:
            raise CommandError("History does not hold; the findings are above.")
