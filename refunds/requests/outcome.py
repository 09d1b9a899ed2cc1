"""What became of every row of a file of requests: the figures that must add up."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from backoffice.bulk.problems import Problems
from orders.loading.rows import Refusal

PREVIEW = 5


@dataclass
class Outcome:
    """The fate of the file's rows: each is used, unchanged, or refused. ``totals`` is by kind, reason and currency.

    ``problems`` takes down why a row is refused, where anybody wants to know.
    """

    rows: int = 0
    used: int = 0
    unchanged: int = 0
    cases: int = 0
    cases_unchanged: int = 0
    refused: int = 0
    problems: Problems | None = None
    preview: list[dict[str, Any]] = field(default_factory=list)
    totals: dict[tuple[str, str, str], list[Any]] = field(
        default_factory=lambda: defaultdict(lambda: [0, Decimal(0)])
    )

    def refuse(self, refusals: Iterable[Refusal]) -> None:
        """Rows that are left out."""
        for refusal in refusals:
            self.refused += 1
            if self.problems is not None:
                self.problems.add(*refusal)

    @property
    def adds_up(self) -> bool:
        """Whether every row is accounted for, once."""
        return self.rows == self.used + self.unchanged + self.refused

    def fate(self) -> dict[str, int]:
        """The rows by what became of them, and what was made of them."""
        return {
            "rows": self.rows,
            "used": self.used,
            "unchanged": self.unchanged,
            "problems": self.refused,
            "cases": self.cases,
            "cases_unchanged": self.cases_unchanged,
        }

    def counts(self) -> dict[str, Any]:
        """What is kept with the run."""
        totals = [[*key, count, str(total)] for key, (count, total) in sorted(self.totals.items())]
        return {**self.fate(), "preview": self.preview, "totals": totals}
