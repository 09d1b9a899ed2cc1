"""``manage.py verify_history``: is history whole, and is it what was signed?"""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from backoffice.audit.findings import Finding
from backoffice.audit.log.given import Given
from backoffice.audit.log.notes import Note
from backoffice.audit.log.signed import checkpoint_of
from backoffice.audit.log.verifying import verify_log
from backoffice.audit.verify import verify
from backoffice.terminal import language

UNREADABLE = gettext_noop(
    "History cannot be read: %(problem)s. A table that is not there was taken away by somebody who owns the "
    "database; what it held is proven by the anchors."
)


class Command(BaseCommand):
    """Compare rows with their versions, and versions with the log; exit non-zero on any finding.

    Nothing is written, so that an account with no right but SELECT is enough. What was found is told in
    the terminal's language.
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
        with translation.override(language()):
            try:
                self._verify(options)
            except DatabaseError as problem:
                words = {"problem": str(problem).partition("\n")[0]}
                raise CommandError(_(UNREADABLE) % words) from None

    def _verify(self, options: dict[str, Any]) -> None:
        given, size = _given(options["checkpoints"]), options["since_checkpoint"]
        since = None if size is None else _since(size, given)
        report = verify(since=since.size if since else 0)
        log = verify_log(since=since, given=given, progress=self._progress())
        findings = report.findings + log.findings.kept
        figures = {
            "models": report.models,
            "rows": report.rows,
            "versions": report.versions,
            "leaves": log.leaves,
            "checkpoints": log.checkpoints,
            "held": log.held,
            "found": report.found.count + log.findings.count,
        }
        if options["json"]:
            told = {**figures, "findings": list(map(_put_down, findings))}
            self.stdout.write(json.dumps(told, indent=2, ensure_ascii=False))
        else:
            for finding in findings:
                self.stdout.write(finding.sentence)
            self.stdout.write(
                _(
                    "%(models)s models, %(rows)s rows, %(versions)s versions, %(leaves)s leaves, "
                    "%(checkpoints)s checkpoints up to %(held)s, %(found)s findings"
                )
                % figures
            )
        if figures["found"]:
            raise CommandError(_("History does not hold; the findings are above."))

    def _progress(self) -> Any:
        """How far it is, for somebody who watches."""
        if not sys.stderr.isatty():
            return None
        return lambda done, total: self.stderr.write(f"\r{done} of {total} leaves ", ending="")


def _put_down(finding: Finding) -> dict[str, Any]:
    """A finding for a machine, with its sentence for a person."""
    return {
        "model": finding.model,
        "row": finding.row,
        "kind": finding.kind,
        "values": finding.values,
        "problem": finding.problem,
    }


def _given(file: str | None) -> Given | None:
    if file is None:
        return None
    try:
        found = Given(Path(file))
    except OSError as problem:
        raise CommandError(
            _("%(file)s cannot be read: %(problem)s") % {"file": file, "problem": problem}
        ) from None
    if not found:
        raise CommandError(_("There is no checkpoint in %(file)s.") % {"file": file})
    return found


def _since(size: int, given: Given | None) -> Note:
    found = checkpoint_of(size, given)
    if found is None:
        raise CommandError(
            _("There is no checkpoint of %(size)s rows, signed by a key that is known.")
            % {"size": size}
        )
    return found
