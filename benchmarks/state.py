"""What a benchmark left in its tables, as one digest: the same on every database, or something is wrong."""

import hashlib
import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any


def digest(rows: Iterable[Iterable[Any]]) -> str:
    """SHA-256 over the rows in their order; an amount is the same however its database writes it."""
    found = hashlib.sha256()
    for row in rows:
        found.update(json.dumps([_plain(value) for value in row]).encode() + b"\n")
    return found.hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return value if isinstance(value, (str, int, type(None))) else str(value)
