"""Checkpoints that somebody kept in a file of their own – a mailbox, a copy of an anchor –, however many."""

from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from backoffice.audit.log.notes import Note, found_in


class Given:
    """The checkpoints of a file, smallest first; of each only its size and its place are held in memory.

    Raises ``OSError`` where the file cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._sizes, self._places = array("q"), array("q")
        with path.open("rb") as file:
            reading = _Lines(file)
            for note in found_in(reading):
                self._sizes.append(note.size)
                self._places.append(reading.passed)
                reading.passed = reading.at

    def __len__(self) -> int:
        return len(self._sizes)

    @property
    def largest(self) -> int:
        """The size of the largest."""
        return max(self._sizes, default=0)

    def notes(self, after: int = 0) -> Iterator[Note]:
        """The checkpoints of more than ``after`` leaves."""
        fresh = (place for place, size in enumerate(self._sizes) if size > after)
        with self.path.open("rb") as file:
            for place in sorted(fresh, key=self._sizes.__getitem__):
                file.seek(self._places[place])
                yield next(found_in(_Lines(file)))


class _Lines:
    """The lines of a file as text: where the one at hand begins, and where the last checkpoint ended."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.at, self.passed = file, 0, 0

    def __iter__(self) -> Iterator[str]:
        end = 0
        for line in self.file:
            self.at, end = end, end + len(line)
            yield line.decode("utf-8", errors="replace")
        self.at = end
