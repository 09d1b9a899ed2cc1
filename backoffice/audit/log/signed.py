"""Every checkpoint that anybody kept – the database, the anchors, an auditor – side by side, by size."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from heapq import merge
from itertools import chain, dropwhile, groupby, islice, takewhile

from backoffice.audit.findings import DATABASE, GIVEN, LOG, Findings, Kind
from backoffice.audit.log import notes
from backoffice.audit.log.anchors import Anchor, anchors
from backoffice.audit.log.given import Given
from backoffice.audit.log.keys import public_keys
from backoffice.audit.log.models import Anchoring, Checkpoint
from backoffice.audit.log.notes import BadNote, Note
from backoffice.clock import now

BATCH = 1000  # checkpoints that are asked for together


@dataclass
class Kept:
    """The checkpoints of one size, each with who kept it, and the anchors that took it."""

    size: int
    notes: list[tuple[str, Note]]
    promised: set[str] = field(default_factory=set)

    @property
    def keepers(self) -> set[str]:
        """Who kept one."""
        return {keeper for keeper, _note in self.notes}


class Shelf:
    """All that was kept when it was made, and what is odd about the keeping itself.

    What is signed while history is being read waits for the next time. So make it before asking how large
    the tree is.
    """

    def __init__(self, given: Given | None, since: int, findings: Findings) -> None:
        self.given, self.since = given, since
        self.say = findings.say
        self.began = now()
        self.anchors = anchors()
        self.latest = {
            anchor.name: list(self._anchored(anchor))
            for anchor in self.anchors
            if not anchor.wants_all
        }
        self.limit = self._limit()
        for anchor in self.anchors if self.limit else ():
            if self._is_bare(anchor):
                self.say(Kind.BARREN, LOG, self.limit, keepers=[anchor.name])

    def _is_bare(self, anchor: Anchor) -> bool:
        """Whether nothing is there, and nothing ever was: a wrong address compares with nobody."""
        if not anchor.is_read or Anchoring.objects.filter(anchor=anchor.name).exists():
            return False
        try:
            return anchor.newest() is None
        except OSError:
            return False  # which is told as such

    def _limit(self) -> int:
        """The size of the largest checkpoint there is by now."""
        stored = Checkpoint.objects.last()
        folders = (anchor.newest() for anchor in self.anchors if anchor.wants_all)
        few = chain(*self.latest.values(), filter(None, folders))
        given = self.given.largest if self.given else 0
        return max(stored.size if stored else 0, given, *(note.size for note in few))

    def by_size(self) -> Iterator[Kept]:
        """The checkpoints of more than ``since`` leaves, smallest first."""
        streams = [self._rising(DATABASE, self._stored())]
        if self.given:
            streams.append(self._rising(GIVEN, self.given.notes(self.since)))
        for anchor in self.anchors:
            found = self._anchored(anchor) if anchor.wants_all else self.latest[anchor.name]
            streams.append(self._rising(anchor.name, found))
        merged = merge(*streams, key=lambda kept: kept[1].size)
        grouped = groupby(merged, key=lambda kept: kept[1].size)
        sizes = (Kept(size, list(those)) for size, those in grouped)
        while batch := list(islice(sizes, BATCH)):
            self._promised(batch)
            yield from batch

    def _promised(self, batch: list[Kept]) -> None:
        """Fill in which anchors that can be read from here took each, as the database has it."""
        known = {kept.size: kept.promised for kept in batch}
        readable = [anchor.name for anchor in self.anchors if anchor.wants_all]
        rows = Anchoring.objects.filter(
            checkpoint__gte=batch[0].size,
            checkpoint__lte=batch[-1].size,
            anchor__in=readable,
            at__lte=self.began,
        )
        for size, anchor in rows.values_list("checkpoint", "anchor"):
            if size in known:
                known[size].add(anchor)

    def _rising(self, keeper: str, found: Iterable[Note]) -> Iterator[tuple[str, Note]]:
        last = -1
        for note in found:
            if note.size < last:
                self.say(Kind.DISORDER, LOG, note.size, size=last, keepers=[keeper])
            elif self.since < note.size <= self.limit:
                yield keeper, note
            last = max(last, note.size)

    def _stored(self) -> Iterator[Note]:
        for size, root, written in _in_batches(self.since):
            try:
                note = notes.read(written)
            except BadNote:
                note = None
            if note and (note.size, note.root) == (size, bytes(root)):
                yield note
            else:
                self.say(Kind.FORGED, LOG, size)

    def _anchored(self, anchor: Anchor) -> Iterator[Note]:
        try:
            yield from anchor.notes(self.since)
        except OSError as problem:
            self.say(Kind.UNREAD, LOG, 0, keepers=[anchor.name], problem=str(problem))


def _in_batches(size: int) -> Iterator[tuple[int, bytes | memoryview, str]]:
    """The stored checkpoints of more than ``size`` leaves, few of which are held at a time."""
    rows = Checkpoint.objects.order_by("size").values_list("size", "root", "note")
    while batch := list(rows.filter(size__gt=size)[:BATCH]):
        yield from batch
        size = batch[-1][0]


def checkpoint_of(size: int, given: Given | None = None) -> Note | None:
    """The checkpoint of that size which a known key signed; ``None`` where nobody kept it."""
    keys = public_keys()
    stored = Checkpoint.objects.filter(size=size)
    texts = (notes.found_in(checkpoint.note.splitlines()) for checkpoint in stored)
    places: list[Anchor | Given] = [anchor for anchor in anchors() if anchor.wants_all]
    kept = (note for place in places for note in _of_size(size, place))
    own = _of_size(size, given) if given else ()
    for note in chain(own, chain.from_iterable(texts), kept):
        if note.size == size and note.signers(keys):
            return note
    return None


def _of_size(size: int, place: Anchor | Given) -> Iterator[Note]:
    """What is kept there of that size: checkpoints stand in their order."""
    notes = dropwhile(lambda note: note.size < size, place.notes(size - 1))
    return takewhile(lambda note: note.size == size, notes)
