"""An order file's whole way, the same for its check and its application.

The check compares every order without writing, so that it keeps nobody waiting. Cancellations it
rehearses: it writes the orders that they could mean and their cases in a transaction, and takes it
back. What the page says beforehand is what will happen, down to each refund case.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from django.db import connection, transaction
from django.utils.translation import gettext_noop

from backoffice.audit.recording import recorded
from backoffice.bulk.jobs import Findings, actor_of, key_of, pulse
from backoffice.bulk.problems import Problems
from backoffice.bulk.progress import CANCELLING, READING, WRITING, report
from backoffice.bulk.runs import opened
from backoffice.exceptions import BackofficeError
from backoffice.sentences import sentence as _
from merchants.models import Store
from orders.loading.grouping import Draft, draft_of, gather
from orders.loading.matching import Matcher
from orders.loading.outcome import Outcome
from orders.loading.rows import Line, Reader, Refusal
from orders.loading.writing import Writer
from orders.models import OrderImport

BATCH = 400  # orders
PULSE = 500  # rows between two reports


class PromiseBrokenError(BackofficeError):
    """What would be written is no longer what the check promised."""


@dataclass
class Layout:
    """What the first reading learns: how many rows there are, where each order ends, who cancels."""

    rows: int = 0
    last_rows: dict[str, int] = field(default_factory=dict)
    cancelling: set[str] = field(default_factory=set)  # buyers


class Load:
    """One reading of a file with its writer and its counts; cancellations are put aside."""

    def __init__(self, run: OrderImport, file: BinaryIO, problems: Problems | None = None) -> None:
        self.run = run
        self.file = file
        self.layout = _survey(run, file)
        self.outcome = Outcome(rows=self.layout.rows, problems=problems)
        self.reader = Reader(profile=run.profile, store=run.store)
        self.writer = Writer(store=run.store, reader=self.reader, outcome=self.outcome)
        self.cancelled: list[Line] = []

    def batches(self) -> Iterator[list[Draft]]:
        """The file's orders, some hundred at a time."""
        drafts: list[Draft] = []
        for lines in gather(self._usable(), self.layout.last_rows):
            draft, refusals = draft_of(lines, self.reader)
            self.outcome.refuse(refusals)
            if draft is not None:
                drafts.append(draft)
            if len(drafts) >= BATCH:
                yield drafts
                drafts = []
        yield drafts

    def _usable(self) -> Iterator[Line]:
        entries = self.reader.read(self.file)
        for entry in _with_pulse(self.run, entries, step=WRITING, total=self.layout.rows):
            if isinstance(entry, Refusal):
                self.outcome.refuse([entry])
            elif self.reader.is_cancellation(entry.number):
                self.cancelled.append(entry)
            else:
                yield entry

    def finish(self) -> Outcome:
        """What became of every row; a sum that is wrong is a defect and stops everything."""
        if not self.outcome.adds_up:
            raise RuntimeError(f"{self.run.file_name} does not add up: {self.outcome.fate()}")
        return self.outcome


def check_orders(run: OrderImport) -> Findings:
    """What applying the file would do: counts, a preview and the rows that cannot be used."""
    with closing(opened(run)) as file:
        problems = Problems(run)
        load = Load(run, file, problems)
        aside = [
            draft
            for drafts in load.batches()
            for draft in load.writer.compare(drafts)
            if draft.buyer in load.layout.cancelling
        ]
        if load.cancelled:
            load.outcome.refuse(_rehearse(load, aside))
        problems.write()
    return Findings(load.finish().counts())


def _rehearse(load: Load, orders: list[Draft]) -> list[Refusal]:
    """Make the cancellations' cases on the orders that they could mean, then take all of it back."""
    with recorded(actor_of(load.run), gettext_noop("Imported from a file.")):
        for start in range(0, len(orders), BATCH):
            load.writer.create(orders[start : start + BATCH])
        refused = _cancel(load)
        transaction.set_rollback(True)
    return refused


def apply_orders(run: OrderImport) -> dict[str, Any]:
    """Write orders and cancellations; raises ``PromiseBrokenError`` if the check said otherwise."""
    with (
        closing(opened(run)) as file,
        recorded(actor_of(run), gettext_noop("Imported from a file.")),
    ):
        _lock(run.store)
        load = Load(run, file)
        for drafts in load.batches():
            load.writer.write(drafts)
        load.outcome.refuse(_cancel(load))
        outcome = load.finish()
    promised = {name: run.counts.get(name) for name in outcome.fate()}
    if promised != outcome.fate():
        raise PromiseBrokenError(
            _(
                "Since the check, orders or cases of this store changed, and the file would now do "
                "something else. Nothing was applied. Bring the file again."
            )
        )
    return outcome.counts()


def _survey(run: OrderImport, file: BinaryIO) -> Layout:
    """Read the file once, writing nothing: count its rows and note each order's last one."""
    layout = Layout()
    reader = Reader(profile=run.profile, store=run.store)
    for entry in _with_pulse(run, reader.read(file), step=READING, total=0):
        layout.rows += 1
        if isinstance(entry, Line):
            layout.last_rows[entry.number] = entry.row
            if reader.is_cancellation(entry.number):
                layout.cancelling.add(entry.buyer)
    return layout


def _cancel(load: Load) -> list[Refusal]:
    """Cancellations come last: the orders that they mean may stand anywhere in the file.

    Gives the rows that mean no order.
    """
    run, rows = load.run, load.cancelled
    actor = actor_of(run)
    matcher = Matcher(store=run.store, reader=load.reader, outcome=load.outcome, actor=actor)
    if rows:
        report(key_of(run), step=CANCELLING, done=0, total=len(rows))
        matcher.hand_over(rows)
    return matcher.refused


def _lock(store: Store) -> None:
    """One file at a time per store, so that two files with the same order do not collide."""
    if connection.features.has_select_for_update:
        Store.objects.select_for_update().get(pk=store.pk)


def _with_pulse(
    run: OrderImport, entries: Iterator[Line | Refusal], *, step: str, total: int
) -> Iterator[Line | Refusal]:
    """The entries, telling now and then how far we are, and that we are alive."""
    for done, entry in enumerate(entries):
        if done % PULSE == 0:
            pulse(run, step=step, done=done, total=total)
        yield entry
