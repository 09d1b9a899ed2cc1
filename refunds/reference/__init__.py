"""The reference pages that are drawn from the code: roles, actions, codes, columns of files."""

from collections.abc import Callable

from django.utils import translation

from refunds.reference.actions import actions
from refunds.reference.codes import codes
from refunds.reference.columns import columns, request_columns
from refunds.reference.roles import roles

PAGES: dict[str, Callable[[], str]] = {
    "roles.md": roles,
    "actions.md": actions,
    "codes.md": codes,
    "order-columns.md": columns,
    "request-columns.md": request_columns,
}


def pages() -> dict[str, str]:
    """Every page by its file name, in English."""
    with translation.override("en"):
        return {name: draw() for name, draw in PAGES.items()}
