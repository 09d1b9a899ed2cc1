"""The file of a batch: made once, handed out as often as asked, never a byte different."""

import csv
import hashlib
import io

import tablib
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from backoffice.actors import Actor
from backoffice.audit.bulk import update_many
from backoffice.audit.recording import recorded
from backoffice.audit.timeline import register_action_labels
from backoffice.bulk.cells import safe_row
from backoffice.exceptions import BadInput, WrongState
from refunds import ledger
from refunds.batches import in_state, lock, payouts_of
from refunds.gateways.choosing import require_file
from refunds.models import BatchFile, Payout, RefundBatch
from refunds.resources import PayoutResource
from refunds.sealing import unbroken

State = RefundBatch.State
EXPORTED = {
    "csv": gettext_noop("Handed out for the bank as CSV."),
    "xlsx": gettext_noop("Handed out for the bank as XLSX."),
}
register_action_labels({"download": gettext_lazy("Downloaded")}.get)


def export(*, batch_id: int, actor: Actor, file_format: str) -> BatchFile:
    """The batch's file as CSV or XLSX, its download put on record.

    The first one moves the batch and its payouts to *sent*; each later one gives the same bytes.
    Raises ``WrongState`` before the release, after a void, or when what was sealed has changed.
    """
    if file_format not in BatchFile.Format.values:
        raise BadInput(_("A batch is handed out as CSV or XLSX."))
    with recorded(actor, EXPORTED[file_format], "download"):
        batch = lock(batch_id, actor, "refunds.export_refundbatch")
        require_file(batch)
        in_state(batch, State.RELEASED, *RefundBatch.OUT)
        kept = _kept(batch, file_format) or _make(batch, file_format)
        if batch.state == State.RELEASED:
            batch.send()
            _send(payouts_of(batch))
        batch.save()  # a version of the batch for every download
    return kept


def _kept(batch: RefundBatch, file_format: str) -> BatchFile | None:
    kept = batch.files.filter(format=file_format).first()
    if kept and hashlib.sha256(kept.content).hexdigest() != kept.sha256:
        raise WrongState(_("The stored file is not what was handed out before. Tell the platform."))
    return kept


def _make(batch: RefundBatch, file_format: str) -> BatchFile:
    payouts = payouts_of(batch)
    if not unbroken(batch, payouts):
        raise WrongState(_("This batch is not what was sealed any more. Tell the platform."))
    rows = (
        Payout.objects.filter(batch=batch).select_related("case__order").order_by("queued_at", "pk")
    )
    table = PayoutResource().export(rows)
    content = {"csv": as_csv, "xlsx": as_xlsx}[file_format](batch, table)
    digest = hashlib.sha256(content).hexdigest()
    return BatchFile.objects.create(batch=batch, format=file_format, content=content, sha256=digest)


def _send(payouts: list[Payout]) -> None:
    for payout in payouts:
        payout.send()
    update_many(payouts, ["state"])
    ledger.sent(payouts)


def header(batch: RefundBatch) -> list[tuple[str, object]]:
    """What stands at the head of a batch's file: enough to tell whether the rest is whole."""
    return [
        ("batch", batch.number),
        ("store", batch.store.code),
        ("account", batch.account),
        ("count", batch.count),
        ("control total", batch.total),
        ("currency", batch.currency),
        ("sha256", batch.sha256),
        ("built by", batch.maker.get_full_name() or batch.maker.get_username()),
        ("built at", localtime(batch.built_at).isoformat(timespec="seconds")),
    ]


def as_csv(batch: RefundBatch, table: tablib.Dataset) -> bytes:
    """Header lines, an empty line, the table; UTF-8 with the mark that spreadsheets look for."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerows(safe_row(line) for line in header(batch))
    writer.writerow([])
    return ("\ufeff" + text.getvalue() + table.export("csv")).encode()


def as_xlsx(batch: RefundBatch, table: tablib.Dataset) -> bytes:
    """The table on the first sheet, the header on the second."""
    head = tablib.Dataset(*(safe_row(line) for line in header(batch)), title="Batch")
    table.title = "Payouts"
    return tablib.Databook([table, head]).export("xlsx", column_width="adaptive")
