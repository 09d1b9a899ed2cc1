"""What the preview shows: figures by status, and the first rows as the file has them."""

from dataclasses import dataclass, field
from typing import Any

from refunds.bankfiles.contents import COLUMNS, Item
from refunds.results.judging import Judgement

FIRST = 10  # rows shown before they are applied
WIDTH = 80  # characters of a cell that are shown
SHOWN = COLUMNS[:5]  # where the money went is not shown


@dataclass
class Preview:
    """The first rows, as the file has them."""

    rows: list[list[str]] = field(default_factory=list)

    def look_at(self, item: Item) -> None:
        """Keep the row, if it is one of the first."""
        if len(self.rows) < FIRST:
            cells = (str(item.cells.get(name, ""))[:WIDTH] for name in SHOWN)
            self.rows.append([str(item.row), *cells])


def outcome(judgement: Judgement) -> dict[str, Any]:
    """What is promised, and held against what happens: counts and totals by status."""
    totals = {f"{name}_total": str(total) for name, total in judgement.totals.items()}
    return {**judgement.counts, **totals, "unchanged": judgement.unchanged}
