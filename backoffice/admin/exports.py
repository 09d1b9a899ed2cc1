"""Lists that people with the permission export, within their reach."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from import_export.admin import ExportMixin


class GuardedExport(ExportMixin):
    """Export of what the list shows: a forged choice of rows tells nothing about other stores'."""

    def get_valid_export_item_pks(self, request: HttpRequest) -> Iterable[Any]:
        """The rows that may be chosen; the library takes every row of the table."""
        return self.get_export_queryset(request).values_list("pk", flat=True)
