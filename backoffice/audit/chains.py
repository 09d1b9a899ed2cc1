"""Each row's versions are a chain: 1, 2, 3 … without a gap, each signed, and the row is still there.

The database keeps it so; this finds what its owner did while the guards were away.
"""

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q
from django.utils.translation import gettext_noop

from backoffice.audit.findings import Findings, Kind
from backoffice.audit.portions import Portion

NEEDED = {
    "history_user": gettext_noop("actor"),
    "actor_name": gettext_noop("name of its actor"),
    "source": gettext_noop("source"),
    "history_change_reason": gettext_noop("reason"),
}
NAMED = 10  # numbers of one row; somebody who took a million away is found by fewer


def broken_chains(portion: Portion, found: Findings) -> None:
    """Note everything that is wrong with the versions of ``portion`` among themselves."""
    _misnumbered(portion, found)
    _orphans(portion, found)
    _nameless(portion, found)


def _misnumbered(portion: Portion, found: Findings) -> None:
    """Rows some of whose numbers are not there, or there twice; counted by the database."""
    counted = (
        portion.versions()
        .values("id")
        .annotate(
            all=Count("*"),
            different=Count("history_number", distinct=True),
            first=Min("history_number"),
            last=Max("history_number"),
        )
    )
    wrong = ~Q(all=F("last")) | ~Q(different=F("last")) | ~Q(first=1)
    for row in counted.filter(wrong).values_list("id", flat=True).iterator():
        numbers = portion.versions().filter(id=row).order_by("history_number")
        say_numbers(
            portion.label, row, list(numbers.values_list("history_number", flat=True)), found
        )


def say_numbers(label: str, row: int, numbers: list[int], found: Findings) -> None:
    """Note what is wrong with a row whose versions have ``numbers``."""
    missing = sorted(set(range(1, numbers[-1] + 1)) - set(numbers))
    double = sorted({number for number in numbers if numbers.count(number) > 1})
    odd = [number for number in numbers if number < 1]
    if missing:
        found.say(Kind.LACKS, label, row, numbers=missing[:NAMED])
    if double:
        found.say(Kind.DOUBLES, label, row, numbers=double[:NAMED])
    if odd:
        found.say(Kind.IMPOSSIBLE, label, row, numbers=odd[:NAMED])


def _orphans(portion: Portion, found: Findings) -> None:
    """Rows that are gone, of which versions tell."""
    there = portion.model._base_manager.filter(pk=OuterRef("id"))
    gone = portion.versions().filter(~Exists(there))
    for row in gone.values_list("id", flat=True).distinct().iterator():
        found.say(Kind.ORPHAN, portion.label, row)


def _nameless(portion: Portion, found: Findings) -> None:
    """Versions that do not say who, through which door or why."""
    empty = Q(history_user=None) | Q(actor_name="") | Q(source="") | Q(history_change_reason="")
    versions = portion.new_versions().filter(empty).values("id", "history_number", *NEEDED)
    for version in versions.iterator():
        lacks = [words for name, words in NEEDED.items() if version[name] in (None, "")]
        number = version["history_number"]
        found.say(Kind.NAMELESS, portion.label, version["id"], number=number, lacks=lacks)
