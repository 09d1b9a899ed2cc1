"""A bank's result file against its batch: every row judged, nothing written.

One row that does not fit refuses the whole file: a file that is wrong in one place may be the file
of another day, and money must not be closed on a guess.
"""

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, BinaryIO

from django.utils.translation import gettext as _

from backoffice.bulk.reading import Cell
from backoffice.money import ZERO, show
from refunds.bankfiles.reading import open_answers
from refunds.models import Payout, RefundBatch, ResultProblem
from refunds.resources import AnswerResource

SETTLED, FAILED, PENDING = "settled", "failed", "pending"
PREVIEW = 10  # rows shown before they are applied
KEPT = 500  # problems kept: nobody reads more
ANSWERED = {Payout.State.SETTLED: SETTLED, Payout.State.FAILED: FAILED}
OPEN = Payout.ON_ITS_WAY


@dataclass(frozen=True)
class Answer:
    """What the bank says of one payout."""

    row: int
    number: str
    amount: Decimal
    currency: str
    status: str
    reason: str


@dataclass
class Verdict:
    """What a file would do: the answers that are news, those that are not, and what is wrong."""

    news: dict[int, Answer] = field(default_factory=dict)
    pending: list[Answer] = field(default_factory=list)
    unchanged: int = 0
    rows: int = 0
    first: list[list[str]] = field(default_factory=list)
    problems: list[ResultProblem] = field(default_factory=list)
    problem_count: int = 0
    missing: list[Payout] = field(default_factory=list)

    def object_to(self, row: int, column: str, message: Any) -> None:
        """Note what is wrong with a row."""
        self.problem_count += 1
        if len(self.problems) < KEPT:
            self.problems.append(ResultProblem(row=row, field=column, message=str(message)[:400]))

    def with_status(self, status: str) -> list[Answer]:
        """The answers of one kind that are news."""
        return [answer for answer in self.news.values() if answer.status == status]


def judge(file: BinaryIO, batch: RefundBatch, payouts: Sequence[Payout]) -> Verdict:
    """Hold every row of ``file`` against the batch's ``payouts``; raises ``BadInput`` for no table."""
    verdict = Verdict()
    known = {payout.number: payout for payout in payouts}
    seen: dict[str, int] = {}
    _head, items = open_answers(file)
    with closing(items):
        for item in items:
            verdict.rows += 1
            if len(verdict.first) < PREVIEW:
                shown = (str(item.cells[name])[:80] for name in AnswerResource._meta.import_order)
                verdict.first.append([str(item.row), *shown])
            answer = _parse(item.row, item.cells, verdict)
            if answer is not None:
                _hold_against(answer, known, seen, batch, verdict)
    verdict.missing = [p for p in payouts if p.number not in seen and p.state in OPEN]
    return verdict


def _parse(number: int, cells: dict[str, Cell], verdict: Verdict) -> Answer | None:
    """The row as an answer, or ``None`` with its problems noted."""
    values: dict[str, Any] = {}
    for column in AnswerResource().get_import_fields():
        try:
            values[column.column_name] = column.clean(cells)
        except ValueError as error:
            verdict.object_to(number, column.column_name, error)
    if len(values) < len(AnswerResource._meta.import_order):
        return None
    return Answer(row=number, **values)


def _hold_against(
    answer: Answer,
    known: dict[str, Payout],
    seen: dict[str, int],
    batch: RefundBatch,
    verdict: Verdict,
) -> None:
    """Sort one answer: news, nothing new, pending, or a problem."""
    payout = known.get(answer.number)
    if payout is None:
        verdict.object_to(answer.row, "number", _stranger(answer.number, batch))
        return
    if answer.number in seen:
        first = {"number": answer.number, "first": seen[answer.number]}
        verdict.object_to(
            answer.row, "number", _("Payout %(number)s is already in row %(first)d.") % first
        )
        return
    seen[answer.number] = answer.row
    wrong = list(_mismatches(answer, payout))
    for column, message in wrong:
        verdict.object_to(answer.row, column, message)
    if wrong:
        return
    if payout.state in ANSWERED:
        verdict.unchanged += 1
    elif answer.status == PENDING:
        verdict.pending.append(answer)
    else:
        verdict.news[payout.pk] = answer


def _stranger(number: str, batch: RefundBatch) -> str:
    """Why a number is not in the batch; of other stores nothing is said."""
    other = (
        Payout.objects.filter(number=number, case__store=batch.store_id)
        .select_related("batch")
        .first()
    )
    if other and other.batch:
        return _("Payout %(number)s belongs to batch %(other)s, not to %(batch)s.") % {
            "number": number,
            "other": other.batch,
            "batch": batch,
        }
    return _("There is no payout %(number)s in batch %(batch)s.") % {
        "number": number[:40],
        "batch": batch,
    }


def _mismatches(answer: Answer, payout: Payout) -> Iterable[tuple[str, str]]:
    if answer.currency.upper() != payout.currency:
        yield (
            "currency",
            _("The currency is %(theirs)s, but this payout is in %(ours)s.")
            % {
                "theirs": answer.currency[:10],
                "ours": payout.currency,
            },
        )
    elif answer.amount != payout.amount:
        yield (
            "amount",
            _("The amount is %(theirs)s, but this payout is of %(ours)s.")
            % {
                "theirs": answer.amount,
                "ours": show(payout.amount, payout.currency),
            },
        )
    before = ANSWERED.get(Payout.State(payout.state))
    if before and before != answer.status:
        yield (
            "status",
            _("This payout was already answered as “%(before)s”. Ask the bank which is true.")
            % {"before": payout.get_state_display()},
        )
    elif not before and payout.state not in OPEN:
        yield (
            "status",
            _("This payout is in the state “%(state)s”: the bank cannot have answered it.")
            % {"state": payout.get_state_display()},
        )


def figures(verdict: Verdict, batch: RefundBatch) -> dict[str, Any]:
    """What the preview shows, as plain values."""
    parts: dict[str, Sequence[Answer | Payout]] = {
        SETTLED: verdict.with_status(SETTLED),
        FAILED: verdict.with_status(FAILED),
        PENDING: verdict.pending,
        "missing": verdict.missing,
    }
    counts: dict[str, Any] = {
        "rows": verdict.rows,
        "unchanged": verdict.unchanged,
        "currency": batch.currency,
        "problems": verdict.problem_count,
        "first": verdict.first,
    }
    for name, rows in parts.items():
        counts[name] = len(rows)
        counts[f"{name}_total"] = str(sum((row.amount for row in rows), ZERO))
    return counts
