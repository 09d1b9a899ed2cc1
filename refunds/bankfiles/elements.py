"""What stands in the elements of a message; what breaks the schema's rules is named with its place."""

import re
from datetime import date
from decimal import Decimal
from xml.etree.ElementTree import Element

from django.conf import settings

from backoffice import money
from backoffice.exceptions import BadInput
from backoffice.sentences import sentence as _
from refunds.bankfiles.contents import MOST

AMOUNT = re.compile(r"[0-9]{1,18}(\.[0-9]{1,5})?")
DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(T[0-9:.]+)?(Z|[+-][0-9]{2}:[0-9]{2})?")
NAME = 35  # characters of a number or reference, as the schemas have it
COUNT = re.compile(r"[0-9]{1,15}")
SUM = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,17})?")


def find(element: Element, path: str) -> Element | None:
    """The first element at ``path``, whatever its namespace."""
    return element.find("/".join(f"{{*}}{name}" for name in path.split("/")))


def find_all(element: Element, path: str) -> list[Element]:
    """Every element at ``path``."""
    return element.findall("/".join(f"{{*}}{name}" for name in path.split("/")))


def text(element: Element, path: str) -> str:
    """The text at ``path``, without its margins; empty when there is none."""
    found = find(element, path)
    return (found.text or "").strip() if found is not None else ""


def first_text(element: Element, *paths: str) -> str:
    """The first of ``paths`` that says anything."""
    return next((found for path in paths if (found := text(element, path))), "")


def reference(row: int, element: Element, path: str) -> str:
    """A number or reference at ``path``, which is at most 35 characters long."""
    found = text(element, path)
    if len(found) > NAME:
        raise wrong(
            row,
            path,
            _("“%(text)s…” is longer than %(limit)d characters.")
            % {"text": found[:NAME], "limit": NAME},
        )
    return found


def wrong(row: int, path: str, message: str) -> BadInput:
    """A refusal that names the transaction (0: the message's head) and the element."""
    where = _("Head") if row == 0 else _("Transaction %(row)d") % {"row": row}
    return BadInput(
        _("%(where)s, element “%(element)s”: %(message)s")
        % {"where": where, "element": path, "message": message}
    )


def count(element: Element, path: str) -> int | None:
    """The number of transactions that the head names, if it names one."""
    found = text(element, path)
    if found and not COUNT.fullmatch(found):
        raise wrong(0, path, _("“%(text)s” is not a number.") % {"text": found[:40]})
    return int(found) if found else None


def control_sum(element: Element, path: str) -> Decimal | None:
    """The control sum that the head names, if it names one."""
    found = text(element, path)
    if found and not SUM.fullmatch(found):
        raise wrong(0, path, _("“%(text)s” is not a sum.") % {"text": found[:40]})
    return Decimal(found) if found else None


def amount(
    row: int, element: Element, path: str, most: Decimal | None = MOST
) -> tuple[Decimal, str]:
    """The amount of the element itself and its currency, no finer than the currency is."""
    found, currency = (element.text or "").strip(), element.get("Ccy", "")
    if why := money.objection_to(currency):
        raise wrong(row, path, why)
    value = Decimal(found) if AMOUNT.fullmatch(found) else None
    if value is None or (most is not None and value > most):
        raise wrong(
            row,
            path,
            _("“%(text)s” is not an amount in %(currency)s.")
            % {"text": found[:40], "currency": currency},
        )
    if why := money.too_fine(value, currency):
        raise wrong(row, path, why)
    return value, currency


def day(row: int, element: Element, path: str) -> date:
    """The day of the element, a choice of ``Dt`` and ``DtTm``: what the bank's own clock showed.

    A time zone may stand behind either, and changes nothing.
    """
    found = first_text(element, "Dt", "DtTm")
    match = DAY.fullmatch(found)
    try:
        return date.fromisoformat(match[1] if match else "")
    except ValueError:
        raise wrong(row, path, _("“%(text)s” is not a day.") % {"text": found[:40]}) from None


def check_rows(row: int) -> None:
    """Refuse the transaction that is one too many."""
    if row > settings.UPLOAD_ROWS:
        raise BadInput(
            _("This file has more than %(limit)d transactions. Ask the bank for several files.")
            % {"limit": settings.UPLOAD_ROWS}
        )
