"""Text in cells: what a spreadsheet would take for a formula is refused coming in, and tamed going out."""

from collections.abc import Iterable
from typing import Any

# A spreadsheet runs a text cell that begins with one of these; the full-width ones count as well.
MARKS = "=+-@＝＋－＠"
# Begins a formula in no cell, but splits one, or is dropped so that what follows begins it.
BREAKS = "\t\r\n\0"
FORMULA_STARTS = (*MARKS, *BREAKS)
SPACES = "".join(char for char in map(chr, range(0x3001)) if char.isspace())
CONTROLS = "".join(map(chr, (*range(0x20), 0x7F)))
UNSEEN = "\xad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
# What programs leave out before they look for a mark: spaces, what nobody sees, and quotation marks.
SKIPPED = "".join(sorted({*SPACES, *CONTROLS, *UNSEEN, "'", '"'}))
FIRST = frozenset(MARKS + BREAKS + SKIPPED)


def looks_like_formula(text: str) -> bool:
    """Whether a spreadsheet takes ``text`` for a formula, with or without spaces before it."""
    return text.startswith(FORMULA_STARTS) or text.strip().startswith(FORMULA_STARTS)


def could_be_run(text: str) -> bool:
    """Whether any program might: also behind quotation marks and signs that nobody sees."""
    if text[:1] not in FIRST:
        return False
    return text[0] in BREAKS or text.lstrip(SKIPPED)[:1] in tuple(MARKS)


def safe_cell(value: Any) -> Any:
    """``value`` as it may be written to a file: text that could be run gets an apostrophe.

    Numbers and dates stay what they are: only text can be a formula. ``plain_cell`` undoes it.
    """
    if isinstance(value, str) and could_be_run(value):
        return f"'{value}"
    return value


def plain_cell(text: str) -> str:
    """The text that ``safe_cell`` made ``text`` of."""
    return text[1:] if text.startswith("'") and could_be_run(text[1:]) else text


def safe_row(values: Iterable[Any]) -> list[Any]:
    """A row of cells, each of them safe."""
    return [safe_cell(value) for value in values]
