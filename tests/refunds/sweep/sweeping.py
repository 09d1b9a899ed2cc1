"""What the tests of the sweep change behind the product's back."""

from typing import Any

from backoffice.actors import INSTALLER, system
from backoffice.audit.recording import recorded


def change(row: Any, **fields: Any) -> Any:
    """The row with these fields, saved."""
    with recorded(system(INSTALLER), "For a test."):
        for name, value in fields.items():
            setattr(row, name, value)
        row.save()
    return row
