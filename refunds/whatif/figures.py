"""What a replay counts: per scenario by way and by week, and the cases that would go another way."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from backoffice.money import ZERO
from refunds.whatif.desk import Outcome
from refunds.whatif.past import WAYS, Past

EXAMPLES = 20


@dataclass
class Sum:
    """Cases and money that went one way."""

    cases: int = 0
    money: Decimal = ZERO

    def add(self, money: Decimal) -> None:
        """One more case."""
        self.cases += 1
        self.money += money


def _by_way() -> dict[str, Sum]:
    return {way: Sum() for way in WAYS}


@dataclass
class Tally:
    """One scenario's figures. Money is in the store's currency; other currencies count as cases only."""

    currency: str
    zone: ZoneInfo
    ways: dict[str, Sum] = field(default_factory=_by_way)
    weeks: dict[str, dict[str, Sum]] = field(default_factory=lambda: defaultdict(_by_way))
    took: timedelta = timedelta(0)
    decided: int = 0
    capped: int = 0

    def add(self, past: Past, outcome: Outcome) -> None:
        """Count one outcome, in the week in which the case was requested."""
        counts = past.pays and past.facts.currency == self.currency
        money = outcome.money if counts else ZERO
        year, week, _day = past.requested_at.astimezone(self.zone).isocalendar()
        self.ways[outcome.way].add(money)
        self.weeks[f"{year}-W{week:02}"][outcome.way].add(money)
        self.capped += outcome.capped
        if outcome.took is not None:
            self.took += outcome.took
            self.decided += 1

    def plain(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return {
            "ways": _plain(self.ways),
            "weeks": {week: _plain(ways) for week, ways in sorted(self.weeks.items())},
            "mean_seconds": round(self.took.total_seconds() / self.decided)
            if self.decided
            else None,
            "decided": self.decided,
            "capped": self.capped,
        }


def _plain(ways: dict[str, Sum]) -> dict[str, Any]:
    return {way: {"cases": sum_.cases, "money": str(sum_.money)} for way, sum_ in ways.items()}


@dataclass
class Differences:
    """The cases that go another way under the draft: how many, and the first of them.

    The two desks decide at different times, so the outcome that comes first is kept until the other.
    """

    cases: int = 0
    examples: list[dict[str, Any]] = field(default_factory=list)
    half: dict[int, str] = field(default_factory=dict)  # decided at one of the two desks

    def add(self, scenario: str, past: Past, outcome: Outcome) -> None:
        """One scenario's outcome of a case."""
        other = self.half.pop(past.pk, None)
        if other is None:
            self.half[past.pk] = outcome.way
        elif other != outcome.way:
            self.cases += 1
            if len(self.examples) < EXAMPLES:
                ways = (other, outcome.way) if scenario == "draft" else (outcome.way, other)
                self.examples.append(
                    {"pk": past.pk, "number": past.number, "now": ways[0], "draft": ways[1]}
                )
