"""``manage.py verify_history``: is history whole, and is it what was signed?"""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from backoffice.audit.log.notes import Note, found_in
from backoffice.audit.log.signed import checkpoint_of
from backoffice.audit.log.verifying import verify_log
from backoffice.audit.verify import Report, verify


class Command(BaseCommand):
    """Compare rows with their versions, and versions with the log; exit non-zero on any finding.

    Nothing is written, so that an account with no right but SELECT is enough.
    """

    help = "Check that every audited row equals its last version, and history what was signed."

    def add_arguments(self, parser: CommandParser) -> None:
        """How much is looked at, and what else it is compared with."""
        parser.add_argument("--json", action="store_true", help="Print the report as JSON.")
        parser.add_argument(
            "--since-checkpoint",
            type=int,
            metavar="SIZE",
            help="Only what came after the checkpoint of so many rows, which was found to hold before.",
        )
        parser.add_argument(
            "--checkpoints",
            metavar="FILE",
            help="A file with checkpoints that you kept, such as a mail.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Verify, print what was found, fail on any finding."""
        given, size = _given(options["checkpoints"]), options["since_checkpoint"]
        since = None if size is None else _since(size, given)
        report = Report() if since else verify()
        log = verify_log(since=since, given=given, progress=self._progress())
        findings = report.findings + log.findings.kept
        count = len(report.findings) + log.findings.count
        figures = {"leaves": log.leaves, "checkpoints": log.checkpoints, "held": log.held}
        if options["json"]:
            told = {**asdict(report), **figures, "findings": [asdict(found) for found in findings]}
            self.stdout.write(json.dumps(told, indent=2))
        else:
            for finding in findings:
                self.stdout.write(f"{finding.model} {finding.row} {finding.problem}")
            self.stdout.write(
                f"{report.models} models, {report.rows} rows, {report.versions} versions, "
                f"{log.leaves} leaves, {log.checkpoints} checkpoints up to {log.held}, {count} findings"
            )
        if count:
            raise CommandError("History does not hold; the findings are above.")

    def _progress(self) -> Any:
        """How far it is, for somebody who watches."""
        if not sys.stderr.isatty():
            return None
        return lambda done, total: self.stderr.write(f"\r{done} of {total} leaves ", ending="")


def _given(file: str | None) -> list[Note]:
    if file is None:
        return []
    try:
        found = list(found_in(Path(file).read_text(encoding="utf-8").splitlines()))
    except (OSError, UnicodeDecodeError) as problem:
        raise CommandError(f"{file} cannot be read: {problem}") from None
    if not found:
        raise CommandError(f"There is no checkpoint in {file}.")
    return found


def _since(size: int, given: list[Note]) -> Note:
    found = checkpoint_of(size, given)
    if found is None:
        raise CommandError(f"There is no checkpoint of {size} rows, signed by a key that is known.")
    return found
