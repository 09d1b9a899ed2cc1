"""A file of requests from its first reading to its last case: the same way for check and application.

The check writes nothing and locks nothing. Applying locks every order of the file, in the order of their
ids, before the first case is opened: two files, or a file and a person, never wait for each other.
"""

from array import array
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from itertools import islice, pairwise
from typing import Any, BinaryIO

from django.db import IntegrityError, transaction
from django.utils.timezone import localtime
from django.utils.translation import gettext_noop

from backoffice.among import Among, AmongTexts
from backoffice.audit.recording import recorded
from backoffice.bulk.jobs import Findings, actor_of, pulse
from backoffice.bulk.problems import Problems
from backoffice.bulk.progress import READING, WRITING
from backoffice.bulk.runs import opened, twin_of
from backoffice.exceptions import BackofficeError, NotAllowed
from backoffice.sentences import sentence as _
from orders.models import Order
from refunds.intake.opening import WORDS
from refunds.models import RequestImport
from refunds.requests.judging import Judge
from refunds.requests.opening import open_set
from refunds.requests.outcome import Outcome
from refunds.requests.rows import Draft, Reader
from refunds.requests.rules import look_for_untried

PAGE = 1_000  # requests
COMPARING, LOCKING = (
    gettext_noop("Comparing the requests with their orders"),
    gettext_noop("Locking the orders"),
)


class PromiseBroken(BackofficeError):
    """What would be written is no longer what the check promised."""


class AppliedBefore(BackofficeError):
    """The very same file was applied for this store."""


@dataclass
class Survey:
    """What the first reading learns: how many rows there are, and the ids of their orders."""

    rows: int = 0
    orders: "array[int]" = field(default_factory=lambda: array("q"))

    @property
    def repeated(self) -> set[int]:
        """The orders that more than one row is about."""
        ids = sorted(self.orders)
        return {a for a, b in pairwise(ids) if a == b}


def check_requests(run: RequestImport) -> Findings:
    """What applying the file would do: totals, a preview and the rows that cannot be used."""
    _require_first(run)
    with closing(opened(run)) as file:
        survey = _survey(run, file)
        problems = Problems(run)
        reader, outcome = Reader(run.store), Outcome(rows=survey.rows, problems=problems)
        judge = Judge(run.store, reader, outcome, remember=survey.repeated)
        for page in _pages(run, reader, file, COMPARING, survey.rows):
            judge.judge(page)
        problems.write()
    return Findings(_whole(run, outcome).counts())


def apply_requests(run: RequestImport) -> dict[str, Any]:
    """Open every case, all or none; raises ``PromiseBroken`` if the check said otherwise."""
    actor = actor_of(run)
    if not (actor.user.is_system or actor.user.has_perm("refunds.open_refundcase", run.store)):
        raise NotAllowed
    _require_first(run)
    try:
        with closing(opened(run)) as file, recorded(actor, WORDS, "request"):
            outcome, cases = _apply(run, file)
    except IntegrityError as clash:  # the same request came by another way in this very moment
        raise _broken() from clash
    if {name: run.counts.get(name) for name in outcome.fate()} != outcome.fate():
        raise _broken()
    transaction.on_commit(partial(look_for_untried.apply_async, retry=False), robust=True)
    return {**outcome.counts(), "opened": cases}


def _apply(run: RequestImport, file: BinaryIO) -> tuple[Outcome, list[int]]:
    survey, ids = _survey(run, file), [0, 0]
    _lock(run, survey.orders)
    reader, outcome = Reader(run.store), Outcome(rows=survey.rows)
    judge = Judge(run.store, reader, outcome)
    for page in _pages(run, reader, file, WRITING, survey.rows):
        cases = open_set(run.store, judge.judge(page))
        if cases:
            ids = [ids[0] or cases[0].pk, cases[-1].pk]
    return _whole(run, outcome), ids


def _require_first(run: RequestImport) -> None:
    twin = twin_of(run, store=run.store)
    if twin is not None and twin.applied_at:
        when = f"{localtime(twin.applied_at):%Y-%m-%d %H:%M}"
        raise AppliedBefore(
            _(
                "The very same file was applied for this store on %(when)s. Bring what was left out as "
                "a file of its own."
            )
            % {"when": when}
        )


def _survey(run: RequestImport, file: BinaryIO) -> Survey:
    """Read the file once: count its rows, and look up its orders."""
    survey, orders = Survey(), Reader(run.store).orders(file)
    while numbers := list(islice(orders, PAGE)):
        survey.rows += len(numbers)
        pulse(run, step=READING, done=survey.rows)
        found = Order.objects.filter(AmongTexts("number", numbers), store=run.store).order_by()
        ids = dict(found.values_list("number", "pk"))
        survey.orders.extend(ids[number] for number in numbers if number in ids)
    return survey


def _lock(run: RequestImport, orders: "array[int]") -> None:
    """Lock every order of the file, in the order of their ids."""
    ids = sorted(set(orders))
    for start in range(0, len(ids), PAGE):
        pulse(run, step=LOCKING, done=start, total=len(ids))
        page = Order.objects.filter(Among("pk", ids[start : start + PAGE])).order_by("pk")
        list(page.select_for_update(of=("self",)).values_list("pk"))


def _pages(
    run: RequestImport, reader: Reader, file: BinaryIO, step: str, total: int
) -> Iterator[Sequence[Draft]]:
    """The file's requests, a page at a time, telling how far we are, and that we are alive."""
    page: list[Draft] = []
    done = 0
    for draft in reader.drafts(file):
        page.append(draft)
        done += len(draft.rows)
        if len(page) == PAGE:
            pulse(run, step=step, done=done, total=total)
            yield page
            page = []
    pulse(run, step=step, done=done, total=total)
    yield page


def _whole(run: RequestImport, outcome: Outcome) -> Outcome:
    """The outcome, if every row is accounted for; a sum that is wrong is a defect and stops everything."""
    if not outcome.adds_up:
        raise RuntimeError(f"{run.file_name} does not add up: {outcome.fate()}")
    return outcome


def _broken() -> PromiseBroken:
    return PromiseBroken(
        _(
            "Since the check, orders or cases of this store changed, and the file would now do "
            "something else. Nothing was applied. Bring the file again."
        )
    )
