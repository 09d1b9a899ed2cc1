"""Text in cells: what a spreadsheet would take for a formula is refused coming in, and tamed going out."""

from collections.abc import Iterable
from typing import Any

# A spreadsheet runs a text cell that begins with one of these; the full-width ones count as well.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def looks_like_formula(text: str) -> bool:
    """Whether a spreadsheet could take ``text`` for a formula, with or without spaces before it."""
    return text.startswith(FORMULA_STARTS) or text.strip().startswith(FORMULA_STARTS)


def safe_cell(value: Any) -> Any:
    """``value`` as it may be written to a file: text that looks like a formula gets an apostrophe.

    Numbers and dates stay what they are: only text can be a formula.
    """
    if isinstance(value, str) and looks_like_formula(value):
        return f"'{value}"
    return value


def safe_row(values: Iterable[Any]) -> list[Any]:
    """A row of cells, each of them safe."""
    return [safe_cell(value) for value in values]
