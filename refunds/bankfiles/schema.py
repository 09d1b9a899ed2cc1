"""The schema of pain.001.001.09, which every file is held against before it leaves.

ISO gives everybody the right to use its schemas, but says nothing of handing them on. So the schema is
not in this product: it comes with the library ``sepaxml``, and ``xmlschema`` reads it.

``xmlschema`` takes 10 MB of memory, so it is loaded with the first file that leaves, and not before.
"""

from functools import cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from backoffice.exceptions import BadInput

if TYPE_CHECKING:
    from xmlschema import XMLSchema10

SCHEMA = files("sepaxml") / "schemas" / "pain.001.001.09.xsd"


def hold_against_schema(content: bytes) -> None:
    """Raise ``BadInput`` with the first element that the schema does not allow."""
    from xmlschema import XMLSchemaException

    try:
        error = next(iter(_schema().iter_errors(content)), None)
    except XMLSchemaException as broken:
        raise _refusal("Document", str(broken)) from None
    if error is not None:
        raise _refusal(error.path or "Document", error.reason or "")


def _refusal(path: str, reason: str) -> BadInput:
    return BadInput(
        _("The file would not be a pain.001.001.09, element “%(element)s”: %(reason)s")
        % {"element": path[-160:], "reason": reason[:200]}
    )


@cache
def _schema() -> "XMLSchema10":
    from xmlschema import XMLSchema10

    with as_file(SCHEMA) as path:
        return XMLSchema10(str(path), allow="local")
