"""What became of every row of a file: the figures that must add up."""

from dataclasses import dataclass, field
from typing import Any

from orders.loading.rows import Refusal

PREVIEW = 5


@dataclass
class Outcome:
    """The fate of the file's rows: each is used, unchanged, a cancellation, or refused."""

    rows: int = 0
    used: int = 0
    unchanged: int = 0
    cancelled: int = 0
    orders: int = 0
    orders_unchanged: int = 0
    cancellations: int = 0
    refusals: list[Refusal] = field(default_factory=list)
    preview: list[dict[str, Any]] = field(default_factory=list)

    @property
    def adds_up(self) -> bool:
        """Whether every row is accounted for, once."""
        return self.rows == self.used + self.unchanged + self.cancelled + len(self.refusals)

    def fate(self) -> dict[str, int]:
        """The rows by what became of them, and what was made of them."""
        return {
            "rows": self.rows,
            "used": self.used,
            "unchanged": self.unchanged,
            "cancelled": self.cancelled,
            "problems": len(self.refusals),
            "orders": self.orders,
            "orders_unchanged": self.orders_unchanged,
            "cancellations": self.cancellations,
        }

    def counts(self) -> dict[str, Any]:
        """What is kept with the run."""
        return {**self.fate(), "preview": self.preview}
