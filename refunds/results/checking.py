"""What a result file would do: staged, judged and told, with nothing changed by it."""

from collections.abc import Generator, Iterable
from contextlib import closing
from itertools import islice

from django.utils.translation import gettext_noop

from backoffice.bulk import runs
from backoffice.bulk.jobs import Findings, pulse
from backoffice.bulk.problems import Problems
from backoffice.sentences import sentence as _
from refunds.bankfiles.contents import Head, Item
from refunds.bankfiles.reading import open_answers
from refunds.models import ResultImport
from refunds.results import staging
from refunds.results.controls import answered_batch, control_objections
from refunds.results.figures import Preview, outcome
from refunds.results.files import check_first_time
from refunds.results.filling import filled
from refunds.results.judging import batches_of, duplicated, judge, one_currency
from refunds.results.objecting import objections
from refunds.results.parsing import WORDS, Answer, Objection, Parser

STEP = 2_000  # rows that are in memory at once
READING = gettext_noop("Reading the file")
JUDGING = gettext_noop("Comparing with the payouts")
OBJECTING = gettext_noop("Writing down what does not fit")


def check_result(run: ResultImport) -> Findings:
    """What the file would do, or everything that speaks against it; written nowhere but beside the run.

    Raises ``BadInput`` for what is no result file at all.
    """
    check_first_time(run)
    staging.clear(run)
    staging.clear_what_is_over()
    check = _Check(run)
    with closing(runs.opened(run)) as stored:
        check.read(*open_answers(stored))
    return check.findings()


class _Check:
    """One reading of a file: what was learnt of it, and how much speaks against it."""

    def __init__(self, run: ResultImport) -> None:
        self.run, self.parser, self.preview = run, Parser(), Preview()
        self.problems = Problems(run)

    def read(self, head: Head, items: Generator[Item, None, None]) -> None:
        """Stage every row, and what the head says for all of them."""
        self.head = head
        self.batch = answered_batch(self.run, head)
        with closing(items):
            while chunk := list(islice(items, STEP)):
                self._stage(chunk)
        if self.batch and head.status in WORDS:
            staging.stage_rest(self.run, self.batch.pk, head.status, head.reason)
        pulse(self.run, step=JUDGING)
        staging.analyse()

    def _stage(self, chunk: list[Item]) -> None:
        answers: list[Answer] = []
        chunk, wrong = filled(self.run, chunk)
        self.parser.rows += len(wrong)
        for item in chunk:
            self.preview.look_at(item)
            parsed = self.parser.parse(item)
            if isinstance(parsed, Answer):
                answers.append(parsed)
            else:
                wrong += parsed
        staging.stage(self.run, answers)
        self._object(wrong)
        pulse(self.run, step=READING, done=self.parser.rows)

    def findings(self) -> Findings:
        """The figures of a file that fits; or why all of it is quarantined."""
        self._object(control_objections(self.run, self.head, self.batch, self.parser))
        staging.stage_missing(self.run, self._batches())
        judgement = judge(self.run)
        if not judgement.fits or duplicated(self.run) or not one_currency(self.run):
            self._object(objections(self.run, self._currency()))
        counts = {
            "rows": self.parser.rows,
            "currency": self._currency(),
            "problems": self.problems.count,
            "first": self.preview.rows,
            "final": self.head.final,
            "whole_batch": self.batch.pk if self.batch and self.head.status else None,
            **outcome(judgement),
        }
        return Findings(counts=counts, objection=self._objection())

    def _currency(self) -> str:
        """That of the first row, or of the batch where the bank names no payout."""
        return self.parser.currency or (self.batch.currency if self.batch else "")

    def _batches(self) -> list[int]:
        """The batches that the file is about: those of its rows, and those it was brought for."""
        named = {batch.pk for batch in (self.batch, self.run.batch) if batch}
        return sorted(named.union(batches_of(self.run)))

    def _object(self, wrong: Iterable[Objection]) -> None:
        """Keep what does not fit, some at a time."""
        rest = iter(wrong)
        while some := list(islice(rest, STEP)):
            for row, field, message in some:
                self.problems.add(row, field, message)
            pulse(self.run, step=OBJECTING, done=self.problems.count)
        self.problems.write()

    def _objection(self) -> str:
        if not self.problems.count:
            return ""
        return _(
            "%(count)d things in this file do not fit what the desk knows, so nothing of it is applied."
        ) % {"count": self.problems.count}
