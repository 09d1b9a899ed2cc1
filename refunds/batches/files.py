"""The file of a batch: made once, handed out as often as asked, never a byte different."""

import csv
import hashlib
import io
from collections.abc import Sequence

import tablib
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from backoffice import money
from backoffice.actors import Actor
from backoffice.among import Among
from backoffice.audit.bulk import update_many
from backoffice.audit.recording import recorded
from backoffice.audit.timeline import register_action_labels
from backoffice.bulk.cells import safe_row
from backoffice.exceptions import BadInput, WrongState
from backoffice.money import ZERO
from backoffice.privacy.files import close_file
from backoffice.privacy.keys import keyring
from refunds import ledger
from refunds.bankfiles import pain001
from refunds.bankfiles.ordering import order_of
from refunds.batches import handed_out
from refunds.batches.building import in_state, lock, payouts_of
from refunds.batches.resources import PayoutResource
from refunds.batches.sealing import unbroken
from refunds.gateways.choosing import require_file
from refunds.models import BatchFile, Payout, RefundBatch
from refunds.payouts.buyers_accounts import accounts_of
from refunds.payouts.destinations import note_handed_out

State = RefundBatch.State
LINES = 1_000  # of one file: what banks take
EXPORTED = {
    "csv": gettext_noop("Handed out for the bank as CSV."),
    "xlsx": gettext_noop("Handed out for the bank as XLSX."),
    "xml": gettext_noop("Handed out for the bank as pain.001."),
}
LISTED = gettext_noop("Listed for the shop, which keeps its buyers' credit.")
register_action_labels({"download": gettext_lazy("Downloaded")}.get)


def export(*, batch_id: int, actor: Actor, file_format: str, part: int = 1) -> BatchFile:
    """A file of the batch – one of its ``parts`` – as CSV, XLSX or pain.001, its download put on record.

    The first one moves the batch and its payouts to *sent*; each later one gives the same bytes. Store
    credit was given at the release: its file is a list for the shop, as CSV or XLSX. Raises
    ``WrongState`` before the release, after a void, or when what was sealed has changed.
    """
    if file_format not in BatchFile.Format.values:
        raise BadInput(_("A batch is handed out as CSV, XLSX or pain.001."))
    with recorded(actor, EXPORTED[file_format], "download"):
        batch = lock(batch_id, actor, "refunds.export_refundbatch")
        require_file(batch)
        in_state(batch, State.RELEASED, *RefundBatch.OUT)
        if not 1 <= part <= parts(batch):
            raise BadInput(_("This batch has no file with that number."))
        kept = _kept(batch, file_format, part) or _make(batch, file_format, part)
        if batch.state == State.RELEASED:
            batch.send()
            _send(payouts_of(batch))
        with recorded(actor, _reason(batch, file_format), "download"):
            batch.save()  # a version of the batch for every download
        note_handed_out(_part(payouts_of(batch), part))
    return kept


def _reason(batch: RefundBatch, file_format: str) -> str:
    return LISTED if batch.method == Payout.Method.CREDIT else EXPORTED[file_format]


def parts(batch: RefundBatch) -> int:
    """How many files the batch has."""
    return max(1, -(-batch.count // LINES))


def _part(payouts: Sequence[Payout], part: int) -> Sequence[Payout]:
    return payouts[(part - 1) * LINES : part * LINES]


def file_name(batch: RefundBatch, part: int = 1) -> str:
    """What a file of the batch is called, and what the bank knows it by."""
    return f"{batch.number}-{part}" if parts(batch) > 1 else batch.number


def _kept(batch: RefundBatch, file_format: str, part: int) -> BatchFile | None:
    kept = batch.files.filter(format=file_format, part=part).first()
    if kept is not None:
        handed_out.opened(kept)
    return kept


def _make(batch: RefundBatch, file_format: str, part: int) -> BatchFile:
    payouts = payouts_of(batch)
    if why := handed_out.objection(batch, payouts):
        raise WrongState(why)
    if not unbroken(batch, payouts):
        raise WrongState(_("This batch is not what was sealed any more. Tell the platform."))
    bytes_ = content(batch, _part(payouts, part), file_format, part)
    digest = hashlib.sha256(bytes_).hexdigest()
    sealed = close_file(bytes_, batch.files_subject)
    return BatchFile.objects.create(
        batch=batch, format=file_format, part=part, content=sealed, sha256=digest
    )


def content(
    batch: RefundBatch, payouts: Sequence[Payout], file_format: str, part: int = 1
) -> bytes:
    """The bytes of one file of ``batch``, with the lines of ``payouts``: the one place for formats."""
    rows = Payout.objects.filter(Among("pk", [payout.pk for payout in payouts]))
    ordered = rows.select_related("case__order").order_by("queued_at", "pk")
    if file_format == BatchFile.Format.XML:
        return pain001.write(order_of(batch, list(ordered), file_name(batch, part)))
    with keyring():
        accounts_of(
            ordered
        )  # the keys of all buyers together: the table takes one row after the other
        table = PayoutResource().export(ordered)
    head = header(batch, payouts, part)
    return {"csv": as_csv, "xlsx": as_xlsx}[file_format](head, table)


def _send(payouts: list[Payout]) -> None:
    moved = [payout for payout in payouts if payout.state == Payout.State.APPROVED]
    for payout in moved:
        payout.send()
    update_many(moved, ["state"])
    ledger.sent(moved)


Head = list[tuple[str, object]]


def header(batch: RefundBatch, payouts: Sequence[Payout], part: int) -> Head:
    """What stands at the head of a batch's file: enough to tell whether the rest is whole.

    Count and control total are those of this file's lines; with several files, those of the batch
    stand beside them.
    """
    total = sum((payout.amount for payout in payouts), ZERO)
    several: Head = [
        ("file", f"{part} of {parts(batch)}"),
        ("count of the batch", batch.count),
        ("control total of the batch", money.quantise(batch.total, batch.currency)),
    ]
    return [
        ("batch", batch.number),
        ("store", batch.store.code),
        ("account", batch.account),
        ("method", batch.method),
        *([("channel", batch.channel)] if batch.channel else []),
        ("count", len(payouts)),
        ("control total", money.quantise(total, batch.currency)),
        *(several if parts(batch) > 1 else []),
        ("currency", batch.currency),
        ("sha256", batch.sha256),
        ("built by", batch.maker.get_full_name() or batch.maker.get_username()),
        ("built at", localtime(batch.built_at).isoformat(timespec="seconds")),
    ]


def as_csv(head: Head, table: tablib.Dataset) -> bytes:
    """Header lines, an empty line, the table; UTF-8 with the mark that spreadsheets look for."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerows(safe_row(line) for line in head)
    writer.writerow([])
    return ("\ufeff" + text.getvalue() + table.export("csv")).encode()


def as_xlsx(head: Head, table: tablib.Dataset) -> bytes:
    """The table on the first sheet, the header on the second."""
    first = tablib.Dataset(*(safe_row(line) for line in head), title="Batch")
    table.title = "Payouts"
    return tablib.Databook([table, first]).export("xlsx", column_width="adaptive")
