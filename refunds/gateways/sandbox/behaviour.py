"""How badly the sandbox behaves: shares of requests, drawn from a seed, so that a run can be repeated."""

import random
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True)
class Behaviour:
    """Shares are from 0 to 1 and together at most 1; what is left over is paid and answered at once.

    Each request of a number draws anew, so that what went wrong once may go well the next time.
    """

    seed: int = 0
    # -- Nothing is executed.
    drop: float = 0  # the connection is closed without an answer
    broken: float = 0  # a 500, for the first ``broken_times`` requests of the number
    busy: float = 0  # a 429
    # -- Executed.
    lose: float = 0  # the connection is closed without an answer
    garbage: float = 0  # an answer that nobody can read
    late: float = 0  # accepted; paid ``settle_after`` seconds later
    refuse: float = 0  # refused for good
    stray: float = 0  # no answer; executed ``execute_after`` seconds later
    broken_times: int = 2
    settle_after: float = 5
    execute_after: float = 1
    hang: float = 0  # seconds before a connection is closed without an answer
    # -- Webhooks: each event ``hook_copies`` times, each copy up to ``hook_delay`` seconds late.
    hooks: bool = True
    hook_copies: int = 1
    hook_delay: float = 0

    def draw(self, number: str, nth: int) -> str:
        """What happens to the ``nth`` request of ``number``: one of the shares' names, or “pay”."""
        if self._dice(number, "broken").random() < self.broken:
            return "broken" if nth <= self.broken_times else "pay"
        point = self._dice(number, nth).random()
        for name in ("drop", "busy", "lose", "garbage", "late", "refuse", "stray"):
            point -= getattr(self, name)
            if point < 0:
                return name
        return "pay"

    def delays(self, event: str) -> list[float]:
        """When each copy of an event is delivered, in seconds from now."""
        dice = self._dice(event, "hook")
        return [dice.uniform(0, self.hook_delay) for _copy in range(self.hook_copies)]

    def _dice(self, *what: object) -> random.Random:
        return random.Random(":".join(map(str, (self.seed, *what))))  # noqa: S311 - a seeded story


def read(told: dict[str, Any]) -> Behaviour:
    """The behaviour that ``told`` describes; raises ``ValueError`` for a word that it does not know."""
    known = {entry.name for entry in fields(Behaviour)}
    if unknown := sorted(told.keys() - known):
        raise ValueError(f"There is no {', '.join(unknown)} here.")
    return Behaviour(**told)
