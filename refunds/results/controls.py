"""What a file says of itself, held against the batch that it answers and against its own rows."""

from collections.abc import Iterator

from backoffice import money
from backoffice.sentences import sentence as _
from refunds.bankfiles.contents import Head
from refunds.models import RefundBatch, ResultImport
from refunds.results.parsing import Objection, Parser

WHOLE = 0  # the “row” of what is said about the file as a whole


def answered_batch(run: ResultImport, head: Head) -> RefundBatch | None:
    """The batch that the file names, if it is one of the store's; else the one it was brought for."""
    if not head.batch:
        return run.batch
    return RefundBatch.objects.filter(number=head.batch, store=run.store_id).first()


def control_objections(
    run: ResultImport, head: Head, batch: RefundBatch | None, parser: Parser
) -> Iterator[Objection]:
    """Whatever the head says that is not so."""
    for field, message in (
        *_about_batch(run, head, batch),
        *_about_account(run, head, batch),
        *_about_figures(head, batch, parser),
    ):
        yield Objection(WHOLE, field, message)


def _about_batch(
    run: ResultImport, head: Head, batch: RefundBatch | None
) -> Iterator[tuple[str, str]]:
    if batch is None:
        if head.batch:
            yield (
                "batch",
                _("There is no batch %(batch)s of %(store)s. Is this file for another store?")
                % {"batch": head.batch[:40], "store": run.store},
            )
        elif head.status:
            yield "batch", _("The file answers a whole batch and does not say which.")
        return
    if run.batch and batch != run.batch:
        yield (
            "batch",
            _("The file is about batch %(theirs)s, but was brought for %(ours)s.")
            % {"theirs": batch, "ours": run.batch},
        )
    if batch.state not in RefundBatch.OUT:
        yield (
            "batch",
            _("Batch %(batch)s is in the state “%(state)s”: the bank cannot have answered it.")
            % {"batch": batch, "state": RefundBatch.State(batch.state).label},
        )


def _about_account(
    run: ResultImport, head: Head, batch: RefundBatch | None
) -> Iterator[tuple[str, str]]:
    ours = batch.account if batch else run.store.account
    if head.account and ours and _bare(head.account) != _bare(ours):
        yield (
            "account",
            _("The file is about account %(theirs)s, and this money leaves from another one.")
            % {"theirs": head.account[:60]},
        )


def _bare(account: str) -> str:
    return "".join(account.split()).upper()


def _about_figures(
    head: Head, batch: RefundBatch | None, parser: Parser
) -> Iterator[tuple[str, str]]:
    """Count, total and currency are the batch's own where it is known, and else the file's."""
    count, total = (batch.count, batch.total) if batch else (parser.rows, parser.total)
    currency = batch.currency if batch else parser.currency
    if head.currency and currency and head.currency != currency:
        yield (
            "currency",
            _("The file says that it is in %(theirs)s, but it is about money in %(ours)s.")
            % {"theirs": head.currency[:10], "ours": currency},
        )
    if head.count is not None and head.count != count:
        yield (
            "count",
            _("The file says that there are %(theirs)d payouts, but there are %(ours)d.")
            % {"theirs": head.count, "ours": count},
        )
    known = batch is not None or parser.whole
    if head.total is not None and known and head.total != total:
        yield (
            "total",
            _("The file's control total is %(theirs)s, but it should be %(ours)s.")
            % {"theirs": head.total, "ours": money.show(total, currency)},
        )
