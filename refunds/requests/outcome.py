"""What became of every row of a file of requests: the figures that must add up."""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from orders.loading.rows import Refusal

PREVIEW = 5


@dataclass
class Outcome:
    """The fate of the file's rows: each is used, unchanged, or refused. ``totals`` is by kind, reason and currency."""

    rows: int = 0
    used: int = 0
    unchanged: int = 0
    cases: int = 0
    cases_unchanged: int = 0
    refusals: list[Refusal] = field(default_factory=list)
    preview: list[dict[str, Any]] = field(default_factory=list)
    totals: dict[tuple[str, str, str], list[Any]] = field(
        default_factory=lambda: defaultdict(lambda: [0, Decimal(0)])
    )

    @property
    def adds_up(self) -> bool:
        """Whether every row is accounted for, once."""
        return self.rows == self.used + self.unchanged + len(self.refusals)

    def fate(self) -> dict[str, int]:
        """The rows by what became of them, and what was made of them."""
        return {
            "rows": self.rows,
            "used": self.used,
            "unchanged": self.unchanged,
            "problems": len(self.refusals),
            "cases": self.cases,
            "cases_unchanged": self.cases_unchanged,
        }

    def counts(self) -> dict[str, Any]:
        """What is kept with the run."""
        totals = [[*key, count, str(total)] for key, (count, total) in sorted(self.totals.items())]
        return {**self.fate(), "preview": self.preview, "totals": totals}
