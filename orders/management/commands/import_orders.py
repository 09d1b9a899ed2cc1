"""``manage.py import_orders FILE --store CODE [--profile NAME]``: a file, without the pages."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError

from backoffice.actors import IMPORTER, system
from backoffice.bulk.jobs import carry_on
from backoffice.bulk.models import FileRun
from backoffice.bulk.runs import bring, cancel, confirm
from backoffice.exceptions import BackofficeError
from merchants.models import Store
from orders.loading.recognising import profile_for
from orders.models import ImportProfile, OrderImport

PATIENCE = 1800  # seconds, while another worker has the file
LABELS = {
    "rows": "rows in the file",
    "used": "rows used",
    "unchanged": "rows unchanged (here already)",
    "cancelled": "rows that are cancellations",
    "problems": "rows with problems",
    "orders": "orders written",
    "orders_unchanged": "orders unchanged",
    "cancellations": "refund cases opened",
}


class Command(BaseCommand):
    """Check and apply an order file; prints the counts and every row that could not be used."""

    help = "Import an order file into a store."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file, the store, the profile."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--store", required=True, help="The store's code.")
        parser.add_argument(
            "--profile", help="The import profile's code. Left out: recognised by the headings."
        )
        parser.add_argument("--dry-run", action="store_true", help="Check only; write nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit non-zero, with a sentence, when the file is not applied."""
        run = self._bring(options["file"], options["store"], options["profile"])
        run = self._finish(run)
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

    def _bring(self, path: Path, store_code: str, profile_code: str | None) -> OrderImport:
        store = Store.objects.filter(code=store_code).first()
        if store is None:
            raise CommandError(f"There is no store with the code “{store_code}”.")
        try:
            with path.open("rb") as file:
                profile = _profile(profile_code, file)
                return bring(
                    OrderImport,
                    file=file,
                    name=path.name,
                    actor=system(IMPORTER),
                    store=store,
                    profile=profile,
                )
        except OSError as error:
            raise CommandError(f"The file {path} cannot be read: {error.strerror}.") from None
        except BackofficeError as error:
            raise CommandError(str(error)) from None

    def _finish(self, run: OrderImport) -> OrderImport:
        """Carry on until the run waits for nobody; another worker may have been quicker."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            carry_on(run)
            run = OrderImport.objects.get(pk=run.pk)
            if run.state not in FileRun.WAITING:
                return run
            time.sleep(0.3)
        raise CommandError("The file is still being worked on. Look at its page later.")

    def _report(self, run: OrderImport) -> None:
        for problem in run.problems.iterator():
            self.stdout.write(f"Row {problem.row}, {problem.field}: {problem.message}")
        for name, label in LABELS.items():
            if name in run.counts:
                self.stdout.write(f"{run.counts[name]:>8} {label}")


def _profile(code: str | None, file: BinaryIO) -> ImportProfile:
    """The named profile; without a name the one that knows the headings, else the generic one."""
    if code is None:
        return profile_for(file)
    profile = ImportProfile.objects.filter(code=code).first()
    if profile is None:
        known = ", ".join(ImportProfile.objects.values_list("code", flat=True))
        raise CommandError(f"There is no import profile “{code}”. There are: {known}.")
    return profile
