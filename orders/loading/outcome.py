"""What became of every row of a file: the figures that must add up."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from backoffice.bulk.problems import Problems
from orders.loading.rows import Refusal

PREVIEW = 5


@dataclass
class Fate:
    """The fate of a file's rows: each is used, unchanged, or refused.

    ``problems`` takes down why a row is refused, where anybody wants to know.
    """

    rows: int = 0
    used: int = 0
    unchanged: int = 0
    refused: int = 0
    problems: Problems | None = None
    preview: list[dict[str, Any]] = field(default_factory=list)

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
        """The rows by what became of them."""
        return {
            "rows": self.rows,
            "used": self.used,
            "unchanged": self.unchanged,
            "problems": self.refused,
        }

    def counts(self) -> dict[str, Any]:
        """What is kept with the run."""
        return {**self.fate(), "preview": self.preview}


@dataclass
class Outcome(Fate):
    """The fate of an order file's rows, which may also be cancellations, and what was made of them."""

    cancelled: int = 0
    orders: int = 0
    orders_unchanged: int = 0
    cancellations: int = 0

    @property
    def adds_up(self) -> bool:
        """Whether every row is accounted for, once."""
        return self.rows == self.used + self.unchanged + self.cancelled + self.refused

    def fate(self) -> dict[str, int]:
        """The rows by what became of them, and what was made of them."""
        return {
            **super().fate(),
            "cancelled": self.cancelled,
            "orders": self.orders,
            "orders_unchanged": self.orders_unchanged,
            "cancellations": self.cancellations,
        }
