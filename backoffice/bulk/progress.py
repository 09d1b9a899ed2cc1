"""How far a run is: a figure for people who wait, kept in the cache and never in the database."""

from dataclasses import asdict, dataclass
from typing import Any

from django.core.cache import cache
from django.utils.translation import gettext, gettext_noop

KEPT = 3600  # seconds
READING, WRITING, CANCELLING = (
    gettext_noop("Reading the file"),
    gettext_noop("Working through the rows"),
    gettext_noop("Making refund cases of cancellations"),
)


@dataclass(frozen=True)
class Progress:
    """``done`` of ``total`` rows of a step; a total of 0 means that it is not known yet."""

    step: str = ""
    done: int = 0
    total: int = 0

    @property
    def percent(self) -> int:
        """How much of the step is done, from 0 to 100."""
        return min(100, 100 * self.done // self.total) if self.total else 0

    @property
    def label(self) -> str:
        """The step in the reader's language."""
        return gettext(self.step) if self.step else ""

    def told(self, state: str, *, finished: bool) -> dict[str, Any]:
        """What the page's script asks for; between two steps it is the run's ``state`` that is told."""
        return {
            "state": state,
            "step": self.label or state,
            "done": self.done,
            "total": self.total,
            "finished": finished,
        }


def report(key: str, *, step: str, done: int = 0, total: int = 0) -> None:
    """Say how far the run ``key`` is. ``step`` is an English constant: pages translate it."""
    cache.set(f"progress:{key}", asdict(Progress(step, done, total)), KEPT)


def progress_of(key: str) -> Progress:
    """How far the run ``key`` is, as far as anybody said."""
    return Progress(**cache.get(f"progress:{key}", {}))


def forget(key: str) -> None:
    """The run ``key`` is over."""
    cache.delete(f"progress:{key}")
