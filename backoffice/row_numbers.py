"""Numbers of rows, as addresses and forms give them: anybody may have written those."""

from collections.abc import Iterable
from typing import TypeVar

from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)
LONGEST = 18  # digits: with one more, a number may be too large for the database


def row_number(text: str) -> int | None:
    """The number that ``text`` says; ``None`` where it says none."""
    return int(text) if text.isdecimal() and len(text) <= LONGEST else None


def row_numbers(texts: Iterable[str]) -> list[int]:
    """The numbers among ``texts``, in their order; the rest is passed over."""
    return [number for number in map(row_number, texts) if number is not None]


def row_of(rows: QuerySet[Row], text: str) -> Row | None:
    """The one of ``rows`` whose number ``text`` says; ``None`` where there is none."""
    number = row_number(text)
    return None if number is None else rows.filter(pk=number).first()
