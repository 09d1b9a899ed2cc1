"""``manage.py import_orders FILE --store CODE [--profile NAME]``: a file, without the pages."""

from argparse import ArgumentParser
from typing import Any, BinaryIO, ClassVar

from django.core.management.base import CommandError

from backoffice.bulk.commands import ImportCommand
from merchants.models import Store
from orders.loading.recognising import profile_for
from orders.models import ImportProfile, OrderImport


class Command(ImportCommand):
    """Check and apply an order file; prints the counts and every row that could not be used."""

    help = "Import an order file into a store."
    model = OrderImport
    labels: ClassVar = {
        "rows": "rows in the file",
        "used": "rows used",
        "unchanged": "rows unchanged (here already)",
        "cancelled": "rows that are cancellations",
        "problems": "rows with problems",
        "orders": "orders written",
        "orders_unchanged": "orders unchanged",
        "cancellations": "refund cases opened",
    }

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Also the profile."""
        super().add_arguments(parser)
        parser.add_argument(
            "--profile", help="The import profile's code. Left out: recognised by the headings."
        )

    def owner(self, options: dict[str, Any], file: BinaryIO) -> dict[str, Any]:
        """The store, and the profile that reads the file."""
        store = Store.objects.filter(code=options["store"]).first()
        if store is None:
            raise CommandError(f"There is no store with the code “{options['store']}”.")
        return {"store": store, "profile": _profile(options["profile"], file)}


def _profile(code: str | None, file: BinaryIO) -> ImportProfile:
    """The named profile; without a name the one that knows the headings, else the generic one."""
    if code is None:
        return profile_for(file)
    profile = ImportProfile.objects.filter(code=code).first()
    if profile is None:
        known = ", ".join(ImportProfile.objects.values_list("code", flat=True))
        raise CommandError(f"There is no import profile “{code}”. There are: {known}.")
    return profile
