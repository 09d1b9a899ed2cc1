"""What became of every row of a file of requests: the figures that must add up."""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from orders.loading.outcome import Fate


@dataclass
class Outcome(Fate):
    """The fate of the rows, and the cases of them; ``totals`` is by kind, reason and currency."""

    cases: int = 0
    cases_unchanged: int = 0
    totals: dict[tuple[str, str, str], list[Any]] = field(
        default_factory=lambda: defaultdict(lambda: [0, Decimal(0)])
    )

    def fate(self) -> dict[str, int]:
        """The rows by what became of them, and what was made of them."""
        return {**super().fate(), "cases": self.cases, "cases_unchanged": self.cases_unchanged}

    def counts(self) -> dict[str, Any]:
        """What is kept with the run."""
        totals = [[*key, count, str(total)] for key, (count, total) in sorted(self.totals.items())]
        return {**super().counts(), "totals": totals}
