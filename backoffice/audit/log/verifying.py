"""The verifier: history read again, row by row, against everything that was ever signed.

No hash that is kept in the database is believed. Each row is hashed anew, the tree is built anew, and its
root has to be the one of every checkpoint, wherever it was kept. Only where a row was found to be changed
already, the hash that it had takes its place, so that one change is one finding and the rest is still
compared. What was signed and does not come out is traced by what the anchors list (``locating``).
"""

from collections import defaultdict
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain

from django.db.models import Exists, OuterRef, Q

from backoffice.audit.findings import DATABASE, LOG, Findings, Kind
from backoffice.audit.log import tree
from backoffice.audit.log.given import Given
from backoffice.audit.log.keys import public_keys
from backoffice.audit.log.layouts import Source, sources
from backoffice.audit.log.locating import locate
from backoffice.audit.log.merkle import Frontier
from backoffice.audit.log.models import Leaf, Node, Watermark
from backoffice.audit.log.notes import Note
from backoffice.audit.log.rows import Chunk, in_steps, label_of, reread, stored
from backoffice.audit.log.signed import Kept, Shelf
from backoffice.audit.log.watermarks import newest
from backoffice.clock import now

CHUNK = 16_384  # leaves that are held at a time
LATE = timedelta(minutes=10)  # after which a row should have been sealed
SLACK = timedelta(days=1)  # by which a row may be dated before the last checkpoint ahead of it
UNKNOWN = bytes(32)  # for a leaf that is gone
Progress = Callable[[int, int], None]


@dataclass
class LogReport:
    """What was looked at, and what was found."""

    leaves: int = 0
    checkpoints: int = 0
    size: int = 0
    held: int = 0  # the size of the last checkpoint that came out
    findings: Findings = field(default_factory=Findings)


def verify_log(
    *,
    since: Note | None = None,
    given: Given | None = None,
    progress: Progress | None = None,
    without: Container[Kind] = (),
) -> LogReport:
    """Verify all of history, or what came after the checkpoint ``since``, which was found to hold before.

    ``given`` are checkpoints that somebody kept besides the anchors. ``without`` leaves out the checks
    that find these kinds: that is for trying what each of them is good for.
    """
    return _Run(since, given, progress or (lambda _done, _total: None), without).run()


class _Run:
    def __init__(
        self,
        since: Note | None,
        given: Given | None,
        progress: Progress,
        without: Container[Kind],
    ) -> None:
        self.since, self.progress, self.without = since, progress, without
        self.report = LogReport(findings=Findings(without))
        self.say = self.report.findings.say
        self.shelf = Shelf(given, since.size if since else 0, self.report.findings)
        self.report.size = tree.size()
        self.keys = public_keys()
        self.edge = self._begun()
        self.good = self.edge.copy()
        self.made: dict[int, tuple[int, list[bytes]]] = {}  # nodes to be compared, by level
        self.earliest = _earliest([since] if since else [])
        self.dated = self.edge.size
        self.broken = False
        self.emptied = False  # all of the log is gone: no row of its own is news

    def run(self) -> LogReport:
        """Walk along the leaves and compare at each checkpoint; then look at what stands beside."""
        kept = self.shelf.by_size()
        following = next(kept, None)
        for start, end in in_steps(self.edge.size, self.report.size, CHUNK):
            chunk = reread(stored(start, end))
            hashes = self._hashes(chunk, start, end)
            while following and following.size <= end:
                self._extend(hashes[self.edge.size - start : following.size - start])
                self._dated(chunk, following.size)
                self._compare(following)
                following = next(kept, None)
            self._extend(hashes[self.edge.size - start :])
            self._dated(chunk, end)
            self._nodes()
            self.report.leaves += end - start
            self.progress(end, self.report.size)
        self._lost(chain([following] if following else [], kept))
        self._unsealed()
        self.report.held = self.good.size
        if self.broken and not locate(self.good, self.report.findings):
            self.say(Kind.UNLISTED, LOG, self.good.size)
        return self.report

    def _begun(self) -> Frontier:
        """The edge from which to go on: nothing, or the tree of the checkpoint that is trusted."""
        if self.since is None:
            return Frontier()
        if not self.since.signers(self.keys):
            self.say(Kind.STRANGER, LOG, self.since.size)
        try:
            edge = tree.edge(self.since.size)
        except tree.NotInTree:
            edge = Frontier()
        if edge.root() != self.since.root:
            self.say(Kind.START, LOG, self.since.size)
        return edge

    def _hashes(self, chunk: Chunk, start: int, end: int) -> list[bytes]:
        """The hashes of the leaves from ``start`` to ``end``, by their rows."""
        self._tell(chunk)
        found = {
            leaf.at: leaf.hash if hashed is None or place in chunk.changed else hashed
            for place, (leaf, hashed) in enumerate(zip(chunk.leaves, chunk.hashes, strict=True))
        }
        for index in range(start, end) if len(found) < end - start else ():
            if index not in found:
                self.say(Kind.GAP, LOG, index)
        return [found.get(index, UNKNOWN) for index in range(start, end)]

    def _tell(self, chunk: Chunk) -> None:
        for place, (leaf, hashed) in enumerate(zip(chunk.leaves, chunk.hashes, strict=True)):
            label = label_of(leaf.source)
            if hashed is None:
                self.say(Kind.GONE, label, leaf.row, leaf=leaf.at)
            elif place in chunk.changed:
                columns = chunk.changed[place]
                self.say(Kind.CHANGED, label, leaf.row, columns=columns, leaf=leaf.at)

    def _dated(self, chunk: Chunk, end: int) -> None:
        """Rows that were sealed after the last checkpoint, and are dated long before it."""
        first = chunk.leaves[0].at if chunk.leaves else end
        fresh = slice(max(self.dated - first, 0), max(end - first, 0))
        for leaf, date in zip(chunk.leaves[fresh], chunk.dates[fresh], strict=True):
            if date and date < self.earliest:
                label, day = label_of(leaf.source), date.decode()
                self.say(Kind.DATED, label, leaf.row, date=day, leaf=leaf.at)
        self.dated = end

    def _extend(self, hashes: list[bytes]) -> None:
        """Append leaves, and note the nodes that became whole while everything still came out."""
        for level, (first, made) in self.edge.extend(hashes).items():
            if not self.broken:
                self.made.setdefault(level, (first, []))[1].extend(made)

    def _nodes(self) -> None:
        """The nodes of a chunk beside those that the database has: one question for each level."""
        for level, (first, made) in self.made.items():
            nodes = Node.objects.filter(level=level, number__gte=first)
            rows = nodes.filter(number__lt=first + len(made)).values_list("number", "hash")
            kept = {number: bytes(hashed) for number, hashed in rows}
            for number, hashed in enumerate(made, first):
                if kept.get(number) != hashed:
                    self.say(Kind.NODE, LOG, number, level=level)
        self.made = {}

    def _compare(self, kept: Kept) -> None:
        """The tree as it was found to be beside what was signed of this size."""
        self.report.checkpoints += 1
        root = self.edge.root()
        self._signed(kept)
        wrong = [keeper for keeper, note in kept.notes if note.root != root]
        if wrong and not self.broken:
            keepers = list(dict.fromkeys(wrong))
            self.say(Kind.ROOT, LOG, kept.size, keepers=keepers, good=self.good.size)
            self.broken = Kind.ROOT not in self.without
        elif not self.broken:
            self.good = self.edge.copy()
        if DATABASE not in kept.keepers:
            self.say(Kind.DROPPED, LOG, kept.size)
        if lost := sorted(kept.promised - kept.keepers):
            self.say(Kind.LOST, LOG, kept.size, keepers=lost)
        self.earliest = _earliest([note for _keeper, note in kept.notes]) or self.earliest

    def _signed(self, kept: Kept) -> None:
        """Whether a known key signed it; what several kept alike is looked at once."""
        keepers: dict[Note, list[str]] = defaultdict(list)
        for keeper, note in kept.notes:
            keepers[note].append(keeper)
        for note, those in keepers.items():
            if not note.signers(self.keys):
                self.say(Kind.UNSIGNED, LOG, kept.size, keepers=list(dict.fromkeys(those)))

    def _lost(self, kept: Iterator[Kept]) -> None:
        """Checkpoints of more than there is: rows at the end were taken away."""
        largest: Kept | None = None
        for largest in kept:
            self.report.checkpoints += 1
            self._signed(largest)
        if largest is not None:
            self.emptied = not self.report.size
            keepers = sorted(largest.keepers)
            self.say(Kind.SHORT, LOG, self.report.size, size=largest.size, keepers=keepers)
            self.broken = self.broken or Kind.SHORT not in self.without

    def _unsealed(self) -> None:
        """Rows that ought to be in the log by now."""
        tops = newest()
        complete = dict(Watermark.objects.values_list("source", "complete"))
        for number, source in sources().items():
            if tops[number] and not self.emptied:
                self._unsealed_of(source, complete.get(number, 0))

    def _unsealed_of(self, source: Source, complete: int) -> None:
        leaves = Leaf.objects.filter(source=source.number)
        due = Q(pk__lte=complete)
        if source.is_history:
            due |= Q(history_date__lt=now() - LATE)
        rows = source.model._base_manager.filter(due)
        if self.since:
            before = leaves.filter(index__lt=self.since.size).order_by("-row").first()
            rows = rows.filter(pk__gt=before.row if before else 0)
        missing = rows.filter(~Exists(leaves.filter(row=OuterRef("pk")))).order_by("pk")
        for key in missing.values_list("pk", flat=True).iterator(CHUNK):
            self.say(Kind.UNSEALED, source.label, key)


def _earliest(notes: list[Note]) -> bytes:
    """The date that what is sealed after the checkpoints ``notes`` should not be before, as lines have it."""
    moments = [note.at for note in notes if note.at]
    return (min(moments) - SLACK).strftime("%Y-%m-%d %H:%M:%S").encode() if moments else b""
