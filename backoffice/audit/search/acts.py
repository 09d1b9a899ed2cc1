"""The acts that history can be searched for: approving, rejecting, releasing."""

from collections.abc import Callable, Iterable
from typing import Any

Acts = Callable[[], Iterable[tuple[str, Any]]]
_sources: list[Acts] = []


def register_acts(source: Acts) -> None:
    """Let an app offer acts: the name that versions bear, and what it is called."""
    _sources.append(source)


def acts() -> list[tuple[str, str]]:
    """All acts, by what they are called; of two with one name the first."""
    found: dict[str, str] = {}
    for source in _sources:
        for name, label in source():
            found.setdefault(name, str(label))
    return sorted(found.items(), key=lambda act: act[1])
