"""``manage.py import_requests FILE --store CODE``: a file of refund requests, without the pages."""

from typing import Any, BinaryIO, ClassVar

from django.core.management.base import CommandError

from backoffice.bulk.commands import ImportCommand
from merchants.models import Store
from refunds.models import RequestImport


class Command(ImportCommand):
    """Check and apply a file of requests; prints the counts and every row that could not be used."""

    help = "Open the refund cases that a channel's file of requests asks for."
    model = RequestImport
    labels: ClassVar = {
        "rows": "rows in the file",
        "used": "rows used",
        "unchanged": "rows unchanged (here already)",
        "problems": "rows with problems",
        "cases": "refund cases opened",
        "cases_unchanged": "refund cases unchanged",
    }

    def owner(self, options: dict[str, Any], file: BinaryIO) -> dict[str, Any]:
        """The store."""
        store = Store.objects.filter(code=options["store"]).first()
        if store is None:
            raise CommandError(f"There is no store with the code “{options['store']}”.")
        return {"store": store}
