"""Set-based writes of audited rows: the rows and their versions, in a handful of statements."""

from collections.abc import Sequence
from typing import Any, TypeVar

from django.db import models

from backoffice.audit.models import Audited, version_model, version_of
from backoffice.audit.recording import current_record

Row = TypeVar("Row", bound=Audited)
BATCH = 500


def create_many(rows: Sequence[Row]) -> Sequence[Row]:
    """Insert ``rows`` and one version each; gives them back with their ids."""
    if rows:
        current_record()
        models.QuerySet[Any, Any](type(rows[0])).bulk_create(rows, batch_size=BATCH)
        _write_versions(rows, "+")
    return rows


def update_many(rows: Sequence[Row], fields: Sequence[str]) -> None:
    """Write ``fields`` of ``rows``, which the caller has locked, and one version each."""
    if rows:
        current_record()
        models.QuerySet[Any, Any](type(rows[0])).bulk_update(rows, fields, batch_size=BATCH)
        _write_versions(rows, "~")


def _write_versions(rows: Sequence[Row], kind: str) -> None:
    model = version_model(type(rows[0]))
    versions = [version_of(row, kind) for row in rows]
    model._base_manager.bulk_create(versions, batch_size=BATCH)
