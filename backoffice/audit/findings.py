"""What the verifier says where something does not hold: a kind, and what belongs into its sentence.

Whoever reads a finding reads it in their own language, however long ago it was made.
"""

from collections.abc import Container, Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy, gettext_noop

LOG = "log"  # what a finding is about that is about no row
DATABASE, GIVEN = gettext_noop("the database"), gettext_noop("the file that was given")
SOMEWHERE = gettext_lazy("a column that cannot be told")
MOST = 1000  # findings that are kept: no more than somebody would read


class Kind(TextChoices):
    """Each thing that is checked, as what is wrong where it fails; ``%(…)s`` comes from the finding.

    What is about a row goes on from its table and number; what is about the log is a sentence.
    """

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
    GAP = "gap", gettext_lazy("The log has no leaf at place %(row)s.")
    GONE = "gone", gettext_lazy("is gone (leaf %(leaf)s)")
    CHANGED = "changed", gettext_lazy("was changed in %(columns)s (leaf %(leaf)s)")
    DATED = "dated", gettext_lazy("is dated %(date)s, long before it was sealed (leaf %(leaf)s)")
    UNSEALED = "unsealed", gettext_lazy("is not in the log")
    # The tree beside what was signed.
    NODE = (
        "node",
        gettext_lazy("Node %(row)s of level %(level)s of the log is not what its rows make it."),
    )
    ROOT = (
        "root",
        gettext_lazy(
            "The first %(row)s rows are not those that were signed, says %(keepers)s; the first "
            "%(good)s are."
        ),
    )
    START = (
        "start",
        gettext_lazy(
            "The log does not begin as the checkpoint of %(row)s rows says: verify all of history."
        ),
    )
    STRANGER = (
        "stranger",
        gettext_lazy(
            "The checkpoint of %(row)s rows is not where to begin: no known key signed it."
        ),
    )
    SHORT = (
        "short",
        gettext_lazy(
            "The log ends after %(row)s rows, and was signed with %(size)s, says %(keepers)s. Rows at "
            "its end were taken away, or an older state of the database was put back."
        ),
    )
    # What was signed, by whom it was kept.
    FORGED = "forged", gettext_lazy("The checkpoint of %(row)s rows was changed in the database.")
    UNSIGNED = (
        "unsigned",
        gettext_lazy(
            "None of the known keys signed the checkpoint of %(row)s rows that is kept by %(keepers)s."
        ),
    )
    DROPPED = "dropped", gettext_lazy("The database lost the checkpoint of %(row)s rows.")
    LOST = (
        "lost",
        gettext_lazy("The checkpoint of %(row)s rows was lost by %(keepers)s, which had taken it."),
    )
    DISORDER = (
        "disorder",
        gettext_lazy(
            "The checkpoint of %(row)s rows was put after that of %(size)s, by %(keepers)s."
        ),
    )
    UNREAD = (
        "unread",
        gettext_lazy("The anchor %(keepers)s cannot be compared with: %(problem)s"),
    )
    BARREN = (
        "barren",
        gettext_lazy(
            "There is no checkpoint at %(keepers)s, so that nothing was compared with it."
        ),
    )
    # Rows of history beside the anchors' list of leaves, where the database agrees with itself.
    UNLISTED = (
        "unlisted",
        gettext_lazy(
            "Which rows after the first %(row)s they are cannot be said: no anchor that can be read "
            "has their list as it was signed."
        ),
    )
    REMOVED = "removed", gettext_lazy("was removed (leaf %(leaf)s)")
    REWRITTEN = "rewritten", gettext_lazy("was rewritten in %(columns)s (leaf %(leaf)s)")
    INSERTED = "inserted", gettext_lazy("was slipped in as leaf %(leaf)s")
    MOVED = "moved", gettext_lazy("was moved from leaf %(leaf)s to leaf %(place)s")


# What is found many times where one thing went wrong, such as a folder that was lost: told once.
MANY: dict[str, Promise] = {
    Kind.GAP.value: gettext_lazy(
        "The log has no leaves at %(count)s places from %(row)s to %(last)s."
    ),
    Kind.NODE.value: gettext_lazy(
        "%(count)s nodes of level %(level)s of the log, from %(row)s to %(last)s, are not what their "
        "rows make them."
    ),
    Kind.FORGED.value: gettext_lazy(
        "%(count)s checkpoints, of %(row)s to %(last)s rows, were changed in the database."
    ),
    Kind.UNSIGNED.value: gettext_lazy(
        "None of the known keys signed %(count)s checkpoints, of %(row)s to %(last)s rows, that are "
        "kept by %(keepers)s. Where the key was changed, AUDIT_PUBLIC_KEYS lacks the old public key."
    ),
    Kind.DROPPED.value: gettext_lazy(
        "The database lost %(count)s checkpoints, of %(row)s to %(last)s rows."
    ),
    Kind.LOST.value: gettext_lazy(
        "%(count)s checkpoints, of %(row)s to %(last)s rows, were lost by %(keepers)s, which had taken "
        "them."
    ),
    Kind.DISORDER.value: gettext_lazy(
        "%(count)s checkpoints, of %(row)s to %(last)s rows, were put after larger ones, by %(keepers)s."
    ),
}
SAME = ("keepers", "level")  # what such findings have in common


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
        said: str | Promise = MANY[self.kind] if "last" in self.values else Kind(self.kind).label
        told = {name: _told(name, value) for name, value in self.values.items()}
        return str(said) % {"row": self.row, **told}

    @property
    def sentence(self) -> str:
        """The same with what it is about."""
        return self.problem if self.model == LOG else f"{self.model} {self.row} {self.problem}"

    def with_another(self, row: int) -> "Finding":
        """This finding and one more of the kind, about ``row``."""
        count = self.values.get("count", 1) + 1
        first, last = min(self.row, row), max(self.row, self.values.get("last", self.row), row)
        return replace(self, row=first, values={**self.values, "last": last, "count": count})

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
    _places: dict[tuple[Any, ...], int] = field(default_factory=dict)

    def say(self, kind: Kind, model: str, row: int, **values: Any) -> None:
        """Note what was found."""
        if kind in self.without:
            return
        if kind.value in MANY:
            same = (kind, *(str(values.get(name)) for name in SAME))
            if (place := self._places.setdefault(same, len(self.kept))) < len(self.kept):
                self.kept[place] = self.kept[place].with_another(row)
                return
        self.count += 1
        if len(self.kept) < MOST or kind.value in MANY:
            self.kept.append(Finding(model, row, kind.value, values))


def put_down(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Findings as they are kept."""
    return [asdict(finding) for finding in findings]
