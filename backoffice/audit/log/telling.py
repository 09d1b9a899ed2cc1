"""What the verifier found, a sentence each, and no more of them kept than somebody would read."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from backoffice.audit.verify import Finding

LOG = "log"  # what a finding is about that is about no row
MOST = 1000
Say = Callable[[str, str, int, str], None]


@dataclass
class Findings:
    """The first findings, and how many there were. Those of the checks ``without`` are dropped."""

    without: Iterable[str] = ()
    kept: list[Finding] = field(default_factory=list)
    count: int = 0

    def say(self, check: str, model: str, row: int, problem: str) -> None:
        """Note what ``check`` found."""
        if check in self.without:
            return
        self.count += 1
        if len(self.kept) < MOST:
            self.kept.append(Finding(model, row, problem))
