"""Every checkpoint that anybody kept – the database, the anchors, an auditor – side by side, by size."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import merge
from itertools import chain, groupby

from backoffice.audit.log import notes, telling
from backoffice.audit.log.anchors import Anchor, anchors
from backoffice.audit.log.keys import public_keys
from backoffice.audit.log.models import Anchoring, Checkpoint
from backoffice.audit.log.notes import BadNote, Note
from backoffice.audit.log.telling import LOG, Say
from backoffice.clock import now

DATABASE, GIVEN = "the database", "the file that was given"


@dataclass
class Kept:
    """The checkpoints of one size, each with who kept it."""

    size: int
    notes: list[tuple[str, Note]]

    @property
    def keepers(self) -> set[str]:
        """Who kept one."""
        return {keeper for keeper, _note in self.notes}


class Shelf:
    """All that was kept when it was made, and what is odd about the keeping itself.

    What is signed while history is being read waits for the next time. So make it before asking how large
    the tree is.
    """

    def __init__(self, given: Iterable[Note], since: int, say: Say) -> None:
        self.given, self.since, self.say = sorted(given, key=lambda note: note.size), since, say
        self.began = now()
        self.anchors = anchors()
        self.latest = {
            anchor.name: list(self._anchored(anchor))
            for anchor in self.anchors
            if not anchor.wants_all
        }
        self.limit = self._limit()

    def _limit(self) -> int:
        """The size of the largest checkpoint there is by now."""
        stored = Checkpoint.objects.last()
        folders = (anchor.newest() for anchor in self.anchors if anchor.wants_all)
        few = chain(self.given, *self.latest.values(), filter(None, folders))
        return max(stored.size if stored else 0, *(note.size for note in few), 0)

    def by_size(self) -> Iterator[Kept]:
        """The checkpoints of more than ``since`` leaves, smallest first."""
        streams = [self._rising(DATABASE, self._stored()), self._rising(GIVEN, self.given)]
        for anchor in self.anchors:
            found = self._anchored(anchor) if anchor.wants_all else self.latest[anchor.name]
            streams.append(self._rising(anchor.name, found))
        merged = merge(*streams, key=lambda kept: kept[1].size)
        for size, those in groupby(merged, key=lambda kept: kept[1].size):
            yield Kept(size, list(those))

    def promised(self, size: int) -> set[str]:
        """The anchors that can be read from here and took the checkpoint, as the database has it."""
        readable = [anchor.name for anchor in self.anchors if anchor.wants_all]
        rows = Anchoring.objects.filter(checkpoint=size, anchor__in=readable, at__lte=self.began)
        return set(rows.values_list("anchor", flat=True))

    def _rising(self, keeper: str, found: Iterable[Note]) -> Iterator[tuple[str, Note]]:
        last = -1
        for note in found:
            if note.size < last:
                self.say("order", LOG, note.size, telling.DISORDER, size=last, keeper=keeper)
            elif self.since < note.size <= self.limit:
                yield keeper, note
            last = max(last, note.size)

    def _stored(self) -> Iterator[Note]:
        rows = Checkpoint.objects.filter(size__gt=self.since).order_by("size")
        for checkpoint in rows.iterator(500):
            try:
                note = notes.read(checkpoint.note)
            except BadNote:
                note = None
            if note and (note.size, note.root) == (checkpoint.size, bytes(checkpoint.root)):
                yield note
            else:
                self.say("notes", LOG, checkpoint.size, telling.FORGED)

    def _anchored(self, anchor: Anchor) -> Iterator[Note]:
        try:
            yield from anchor.notes()
        except OSError as problem:
            values = {"keeper": anchor.name, "problem": problem}
            self.say("readable", LOG, 0, telling.UNREAD, **values)


def checkpoint_of(size: int, given: Iterable[Note] = ()) -> Note | None:
    """The checkpoint of that size which a known key signed; ``None`` where nobody kept it."""
    keys = public_keys()
    stored = Checkpoint.objects.filter(size=size)
    kept = (note for anchor in anchors() if anchor.wants_all for note in anchor.notes())
    texts = (notes.found_in(checkpoint.note.splitlines()) for checkpoint in stored)
    for note in chain(given, kept, chain.from_iterable(texts)):
        if note.size == size and note.signers(keys):
            return note
    return None
