"""What the verifier found, a sentence each, and no more of them kept than somebody would read."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from backoffice.audit.verify import Finding

LOG = "log"  # what a finding is about that is about no row
MOST = 1000
START = gettext_noop("does not begin as that checkpoint says: verify all of history")
GAP = gettext_noop("has no leaf at this place")
GONE = gettext_noop("is gone (leaf %(leaf)s)")
CHANGED = gettext_noop("was changed in %(columns)s (leaf %(leaf)s)")
CHANGED_SOMEWHERE = gettext_noop("was changed, in what column cannot be told (leaf %(leaf)s)")
DATED = gettext_noop("is dated %(date)s, long before it was sealed (leaf %(leaf)s)")
NODE = gettext_noop("has another node of level %(level)s than its rows")
ROOT = gettext_noop("does not lead to the root that was kept by %(keepers)s; at %(good)s it did")
LOST = gettext_noop("had a checkpoint that was lost by %(keeper)s")
UNSIGNED = gettext_noop("has a checkpoint that none of the known keys signed, kept by %(keeper)s")
SHORT = gettext_noop("ends here, and was signed with %(size)s rows, says %(keeper)s")
UNSEALED = gettext_noop("is not in the log")
DISORDER = gettext_noop("had its checkpoint put after that of %(size)s, by %(keeper)s")
FORGED = gettext_noop("has a checkpoint that was changed in the database")
UNREAD = gettext_noop("cannot be compared with the anchor %(keeper)s: %(problem)s")
REMOVED = gettext_noop("was removed (leaf %(leaf)s)")
INSERTED = gettext_noop("was slipped in as leaf %(leaf)s")
MOVED = gettext_noop("was moved from leaf %(leaf)s to leaf %(place)s")


class Say(Protocol):
    """How a check tells what it found."""

    def __call__(self, check: str, model: str, row: int, sentence: str, **values: Any) -> None:
        """Note that ``sentence`` is true of the row, with ``values`` in it."""


@dataclass
class Findings:
    """The first findings, and how many there were. Those of the checks ``without`` are dropped."""

    without: Iterable[str] = ()
    kept: list[Finding] = field(default_factory=list)
    count: int = 0

    def say(self, check: str, model: str, row: int, sentence: str, **values: Any) -> None:
        """Note what ``check`` found, in the language at hand."""
        if check in self.without:
            return
        self.count += 1
        if len(self.kept) < MOST:
            self.kept.append(Finding(model, row, _(sentence) % values))

    def say_changed(self, check: str, model: str, row: int, columns: list[str], leaf: int) -> None:
        """Note that a row is not what it was, and in which columns."""
        sentence = CHANGED if columns else CHANGED_SOMEWHERE
        self.say(check, model, row, sentence, columns=", ".join(columns), leaf=leaf)
