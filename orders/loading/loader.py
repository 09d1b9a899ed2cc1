"""An order file's whole way, the same for its check and its application.

The check does everything that the application will do, inside a transaction that it then takes
back: what the page says beforehand is what will happen, down to each refund case.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, BinaryIO, cast

from django.db import connection, transaction
from django.utils.translation import gettext as _

from backoffice.actors import Actor
from backoffice.audit.recording import recorded
from backoffice.bulk.jobs import Findings, actor_of, keep_lease, key_of
from backoffice.bulk.progress import CANCELLING, READING, WRITING, report
from backoffice.exceptions import BackofficeError
from merchants.models import Store
from orders.loading.grouping import Draft, draft_of, gather
from orders.loading.matching import Matcher
from orders.loading.outcome import Outcome
from orders.loading.rows import Line, Reader, Refusal
from orders.loading.writing import Writer
from orders.models import ImportProblem, OrderImport

BATCH = 400  # orders
PULSE = 500  # rows between two reports


class PromiseBrokenError(BackofficeError):
    """What would be written is no longer what the check promised."""


@dataclass
class Layout:
    """What the first reading learns: how many rows there are, and where each order ends."""

    rows: int = 0
    last_rows: dict[str, int] = field(default_factory=dict)


def check_orders(run: OrderImport) -> Findings:
    """What applying the file would do: counts, a preview and the rows that cannot be used."""
    with closing(_opened(run)) as file:
        layout = _survey(run, file)
        with recorded(actor_of(run), "Imported from a file."):
            outcome = _load(run, file, layout)
            transaction.set_rollback(True)
    problems = [
        ImportProblem(row=refusal.row, field=refusal.field, message=refusal.message)
        for refusal in sorted(outcome.refusals, key=lambda refusal: refusal.row)
    ]
    return Findings(outcome.counts(), problems)


def apply_orders(run: OrderImport) -> dict[str, Any]:
    """Write the orders and cancellations; raises ``PromiseBrokenError`` when the check promised otherwise."""
    with closing(_opened(run)) as file, recorded(actor_of(run), "Imported from a file."):
        outcome = _load(run, file, _survey(run, file))
    promised = {name: run.counts.get(name) for name in outcome.fate()}
    if promised != outcome.fate():
        raise PromiseBrokenError(
            _(
                "Since the check, orders or cases of this store changed, and the file would now do "
                "something else. Nothing was applied. Bring the file again."
            )
        )
    return outcome.counts()


def _opened(run: OrderImport) -> BinaryIO:
    return cast(BinaryIO, run.file.storage.open(str(run.file.name), "rb"))


def _survey(run: OrderImport, file: BinaryIO) -> Layout:
    """Read the file once, writing nothing: count its rows and note each order's last one."""
    layout = Layout()
    reader = Reader(profile=run.profile, store=run.store)
    for entry in _with_pulse(run, reader.read(file), step=READING, total=0):
        layout.rows += 1
        if isinstance(entry, Line):
            layout.last_rows[entry.number] = entry.row
    return layout


def _load(run: OrderImport, file: BinaryIO, layout: Layout) -> Outcome:
    """Write everything usable in the open frame; gives what became of every row."""
    _lock(run.store)
    outcome = Outcome(rows=layout.rows)
    reader = Reader(profile=run.profile, store=run.store)
    writer = Writer(store=run.store, reader=reader, outcome=outcome)
    cancelled: list[Line] = []
    entries = _with_pulse(run, reader.read(file), step=WRITING, total=layout.rows)
    drafts: list[Draft] = []
    for lines in gather(_usable(entries, reader, outcome, cancelled), layout.last_rows):
        draft, refusals = draft_of(lines, reader)
        outcome.refusals += refusals
        if draft is not None:
            drafts.append(draft)
        if len(drafts) >= BATCH:
            writer.write(drafts)
            drafts = []
    writer.write(drafts)
    _cancel(run, cancelled, reader, outcome, actor_of(run))
    if not outcome.adds_up:
        raise RuntimeError(f"The rows of {run.file_name} do not add up: {outcome.fate()}")
    return outcome


def _usable(
    entries: Iterator[Line | Refusal], reader: Reader, outcome: Outcome, cancelled: list[Line]
) -> Iterator[Line]:
    """The lines of orders; refusals and cancellations are put aside on the way."""
    for entry in entries:
        if isinstance(entry, Refusal):
            outcome.refusals.append(entry)
        elif reader.is_cancellation(entry.number):
            cancelled.append(entry)
        else:
            yield entry


def _cancel(
    run: OrderImport, rows: list[Line], reader: Reader, outcome: Outcome, actor: Actor
) -> None:
    """Cancellations come last: the orders that they mean may stand anywhere in the file."""
    if rows:
        report(key_of(run), step=CANCELLING, done=0, total=len(rows))
        Matcher(store=run.store, reader=reader, outcome=outcome, actor=actor).hand_over(rows)


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
            report(key_of(run), step=step, done=done, total=total)
            keep_lease(run)
        yield entry
