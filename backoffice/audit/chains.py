"""Each row's versions are a chain: 1, 2, 3 … without a gap, each signed, and the row is still there.

The database keeps it so; this finds what its owner did while the guards were away.
"""

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q

from backoffice.audit.findings import Finding
from backoffice.audit.models import Audited, version_model

UNSIGNED = {
    "history_user": "actor",
    "actor_name": "name of its actor",
    "source": "source",
    "history_change_reason": "reason",
}
NAMED = 10  # numbers of one row; somebody who took a million away is found by fewer


def broken_chains(model: type[Audited]) -> Iterator[Finding]:
    """Everything that is wrong with the versions of ``model`` among themselves."""
    versions = version_model(model)._base_manager.order_by()
    yield from _misnumbered(model, versions)
    yield from _orphans(model, versions)
    yield from _unsigned(model, versions)


def _misnumbered(model: type[Audited], versions: Any) -> Iterator[Finding]:
    """Rows some of whose numbers are not there, or there twice; counted by the database."""
    counted = versions.values("id").annotate(
        all=Count("*"),
        different=Count("history_number", distinct=True),
        first=Min("history_number"),
        last=Max("history_number"),
    )
    wrong = ~Q(all=F("last")) | ~Q(different=F("last")) | ~Q(first=1)
    for row in counted.filter(wrong).values_list("id", flat=True).iterator():
        yield Finding(model._meta.label, row, _said(_numbers(versions, row)))


def _numbers(versions: Any, row: int) -> list[int]:
    ordered = versions.filter(id=row).order_by("history_number")
    return list(ordered.values_list("history_number", flat=True))


def _said(numbers: list[int]) -> str:
    missing = sorted(set(range(1, numbers[-1] + 1)) - set(numbers))
    double = sorted({number for number in numbers if numbers.count(number) > 1})
    odd = [number for number in numbers if number < 1]
    kinds = (("lacks", missing), ("doubles", double), ("has an impossible", odd))
    told = [
        f"{verb} version {', '.join(map(str, found[:NAMED]))}" for verb, found in kinds if found
    ]
    return " and ".join(told)


def _orphans(model: type[Audited], versions: Any) -> Iterator[Finding]:
    """Rows that are gone, of which versions tell."""
    there = model._base_manager.filter(pk=OuterRef("id"))
    for row in versions.filter(~Exists(there)).values_list("id", flat=True).distinct().iterator():
        yield Finding(model._meta.label, row, "is gone, but has versions")


def _unsigned(model: type[Audited], versions: Any) -> Iterator[Finding]:
    """Versions that do not say who, through which door or why."""
    empty = Q(history_user=None) | Q(actor_name="") | Q(source="") | Q(history_change_reason="")
    for version in versions.filter(empty).values("id", "history_number", *UNSIGNED).iterator():
        lacks = [words for field, words in UNSIGNED.items() if version[field] in (None, "")]
        problem = f"has version {version['history_number']} without {' and '.join(lacks)}"
        yield Finding(model._meta.label, version["id"], problem)
