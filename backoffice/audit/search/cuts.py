"""Where a page of answers ended, and the next one begins: the time and the key of its last change."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Q

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, order=True)
class Cut:
    """A place among all changes."""

    at: datetime
    entry: int

    def __str__(self) -> str:
        return f"{(self.at - EPOCH) // timedelta(microseconds=1)}-{self.entry}"

    @classmethod
    def read(cls, text: str) -> "Cut":
        """The cut that ``text`` says; raises ``ValueError`` where it says none."""
        micros, _dash, entry = text.partition("-")
        if not all(part.isdecimal() and len(part) < 19 for part in (micros, entry)):
            raise ValueError(text)
        return cls(EPOCH + timedelta(microseconds=int(micros)), int(entry))

    @property
    def before(self) -> Q:
        """What is older."""
        return Q(at__lte=self.at) & (Q(at__lt=self.at) | Q(at=self.at, pk__lt=self.entry))
