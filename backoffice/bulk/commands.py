"""Files without the pages: a command that checks one and applies it."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

from django.core.management.base import BaseCommand, CommandError

from backoffice.actors import IMPORTER, system
from backoffice.bulk.jobs import carry_on
from backoffice.bulk.models import FileRun
from backoffice.bulk.runs import bring, cancel, confirm
from backoffice.exceptions import BackofficeError

PATIENCE = 1800  # seconds, while another worker has the file


class ImportCommand(BaseCommand):
    """Check and apply a file; print the counts and every row that could not be used.

    A subclass says whose runs they are (``model``), what its counts are called (``labels``), and by
    ``owner`` what a file belongs to.
    """

    model: ClassVar[type[FileRun]]
    labels: ClassVar[dict[str, str]]

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file, the store."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--store", required=True, help="The store's code.")
        parser.add_argument("--dry-run", action="store_true", help="Check only; write nothing.")

    def owner(self, options: dict[str, Any], file: BinaryIO) -> dict[str, Any]:
        """The run's fields that say what ``file`` belongs to; raises ``CommandError``."""
        raise NotImplementedError

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit non-zero, with a sentence, when the file is not applied."""
        run = self._finish(self._bring(options))
        self._report(run)
        if run.state == FileRun.State.REFUSED:
            raise CommandError(run.message)
        if options["dry_run"]:
            cancel(run, actor=system(IMPORTER))
            self.stdout.write("Checked only: nothing was written.")
            return
        run = self._finish(confirm(run, actor=system(IMPORTER)))
        if run.state != FileRun.State.APPLIED:
            raise CommandError(run.message or "The file was not applied. Try again.")
        self.stdout.write(self.style.SUCCESS("Applied."))

    def _bring(self, options: dict[str, Any]) -> FileRun:
        path: Path = options["file"]
        try:
            with path.open("rb") as file:
                owner = self.owner(options, file)
                return bring(self.model, file=file, name=path.name, actor=system(IMPORTER), **owner)
        except OSError as error:
            raise CommandError(f"The file {path} cannot be read: {error.strerror}.") from None
        except BackofficeError as error:
            raise CommandError(str(error)) from None

    def _finish(self, run: FileRun) -> Any:
        """Carry on until the run waits for nobody; another worker may have been quicker."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            carry_on(run)
            run = self.model.objects.get(pk=run.pk)
            if run.state not in FileRun.WAITING:
                return run
            time.sleep(0.3)
        raise CommandError("The file is still being worked on. Look at its page later.")

    def _report(self, run: Any) -> None:
        for problem in run.problems.iterator():
            self.stdout.write(f"Row {problem.row}, {problem.field}: {problem.message}")
        for name, label in self.labels.items():
            if name in run.counts:
                self.stdout.write(f"{run.counts[name]:>8} {label}")
