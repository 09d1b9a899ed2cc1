"""What the verifier says where something does not hold: a kind, and what belongs into its sentence.

Whoever reads a finding reads it in their own language, however long ago it was made.
"""

from collections.abc import Container, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy, gettext_noop

LOG = "log"  # what a finding is about that is about no row
DATABASE, GIVEN = gettext_noop("the database"), gettext_noop("the file that was given")
SOMEWHERE = gettext_lazy("a column that cannot be told")
MOST = 1000  # findings that are kept: no more than somebody would read


class Kind(TextChoices):
    """Each thing that is checked, as what is wrong where it fails; ``%(…)s`` comes from the finding."""

    # Live rows beside their versions, and versions among themselves.
    DIFFERS = "differs", gettext_lazy("differs from its last version in %(column)s")
    UNMARKED = (
        "unmarked",
        gettext_lazy("has another value in %(column)s than its history has the mark of"),
    )
    BARE = "bare", gettext_lazy("has no version")
    LACKS = "lacks", gettext_lazy("lacks version %(numbers)s")
    DOUBLES = "doubles", gettext_lazy("has version %(numbers)s twice")
    IMPOSSIBLE = "impossible", gettext_lazy("has an impossible version %(numbers)s")
    ORPHAN = "orphan", gettext_lazy("is gone, but has versions")
    NAMELESS = "nameless", gettext_lazy("has version %(number)s without %(lacks)s")
    # Rows of history beside their leaves.
    GAP = "gap", gettext_lazy("has no leaf at this place")
    GONE = "gone", gettext_lazy("is gone (leaf %(leaf)s)")
    CHANGED = "changed", gettext_lazy("was changed in %(columns)s (leaf %(leaf)s)")
    DATED = "dated", gettext_lazy("is dated %(date)s, long before it was sealed (leaf %(leaf)s)")
    UNSEALED = "unsealed", gettext_lazy("is not in the log")
    # The tree beside what was signed.
    NODE = "node", gettext_lazy("has another node of level %(level)s than its rows")
    ROOT = (
        "root",
        gettext_lazy("does not lead to the root that was kept by %(keepers)s; at %(good)s it did"),
    )
    START = "start", gettext_lazy("does not begin as that checkpoint says: verify all of history")
    STRANGER = (
        "stranger",
        gettext_lazy("is not where to begin: no known key signed that checkpoint"),
    )
    SHORT = "short", gettext_lazy("ends here, and was signed with %(size)s rows, says %(keepers)s")
    # What was signed, by whom it was kept.
    FORGED = "forged", gettext_lazy("has a checkpoint that was changed in the database")
    UNSIGNED = (
        "unsigned",
        gettext_lazy("has a checkpoint that none of the known keys signed, kept by %(keepers)s"),
    )
    DROPPED = "dropped", gettext_lazy("had a checkpoint that was lost by the database")
    LOST = "lost", gettext_lazy("had a checkpoint that was lost by %(keepers)s")
    DISORDER = (
        "disorder",
        gettext_lazy("had its checkpoint put after that of %(size)s, by %(keepers)s"),
    )
    UNREAD = (
        "unread",
        gettext_lazy("cannot be compared with the anchor %(keepers)s: %(problem)s"),
    )
    # Rows of history beside the anchors' list of leaves, where the database agrees with itself.
    REMOVED = "removed", gettext_lazy("was removed (leaf %(leaf)s)")
    REWRITTEN = "rewritten", gettext_lazy("was rewritten in %(columns)s (leaf %(leaf)s)")
    INSERTED = "inserted", gettext_lazy("was slipped in as leaf %(leaf)s")
    MOVED = "moved", gettext_lazy("was moved from leaf %(leaf)s to leaf %(place)s")


@dataclass(frozen=True)
class Finding:
    """One thing that does not hold: which row of which table, and what is wrong with it.

    Findings of long ago have their sentence where later ones have a kind.
    """

    model: str
    row: int
    kind: str
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def problem(self) -> str:
        """What is wrong, in the reader's language."""
        if self.kind not in Kind.values:
            return self.kind
        return str(Kind(self.kind).label) % {
            name: _told(name, value) for name, value in self.values.items()
        }

    @classmethod
    def of(cls, kept: dict[str, Any]) -> Self:
        """The finding that was put down as ``kept``."""
        kind = kept.get("kind") or kept["problem"]
        return cls(kept["model"], kept["row"], kind, kept.get("values", {}))


# Values that are words of ours, by their names; all others stand as they are.
WORDS = {"keepers", "lacks"}


def _told(name: str, value: Any) -> Any:
    if not isinstance(value, list):
        return value
    told: Sequence[str | Promise] = list(map(str, value)) or [SOMEWHERE]
    return ", ".join(gettext(str(one)) if name in WORDS else str(one) for one in told)


@dataclass
class Findings:
    """The first findings, and how many there were. Those of the kinds ``without`` are dropped."""

    without: Container[Kind] = ()
    kept: list[Finding] = field(default_factory=list)
    count: int = 0

    def say(self, kind: Kind, model: str, row: int, **values: Any) -> None:
        """Note what was found."""
        if kind in self.without:
            return
        self.count += 1
        if len(self.kept) < MOST:
            self.kept.append(Finding(model, row, kind.value, values))


def put_down(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Findings as they are kept."""
    return [asdict(finding) for finding in findings]
