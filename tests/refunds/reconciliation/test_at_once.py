"""Several people, or workers, at one day at the same instant: on real locks, one outcome."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.core.cache import cache

from backoffice.actors import IMPORTER, person, system
from backoffice.bulk.jobs import carry_on
from backoffice.bulk.runs import confirm
from backoffice.exceptions import BackofficeError, WrongState
from refunds.models import BankLine, Difference, LedgerEntry, ReconciliationDay, StatementImport
from refunds.reconciliation.closing import close, reopen
from refunds.reconciliation.handling import explain, send_back, sign
from refunds.reconciliation.matching import match
from tests.cast import Cast, make_cast
from tests.refunds.invariants import broken
from tests.refunds.reconciliation.statements import (
    NEXT,
    back,
    brought,
    day_of,
    load,
    other,
    out,
    paid,
)
from tests.threads import at_once, unexpected

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
TEXT = "The bank took its monthly charge."


@pytest.fixture
def cast(transactional_db: None) -> Iterator[Cast]:
    """The cast, committed, at noon of the day after."""
    cache.clear()
    with time_machine.travel(NEXT, tick=False):
        yield make_cast()


def race(*jobs: Callable[[], Any]) -> list[Any]:
    """``at_once``, where nothing but a refusal may go wrong."""
    results = at_once(*jobs)
    assert unexpected(results, BackofficeError) == []
    return results


def test_workers_who_match_at_once_open_each_difference_once(cast: Cast) -> None:
    payout = paid(cast)
    load(cast, [out(payout), back(payout), other("8.00")])
    day = day_of(cast)
    race(*(lambda: match(day_id=day.pk, actor=system(IMPORTER)) for _worker in range(4)))
    assert Difference.objects.count() == 1
    assert LedgerEntry.objects.filter(kind="returned").count() == 1
    assert broken() == []


def test_the_same_file_applied_by_two_workers_is_staged_once(cast: Cast) -> None:
    run = brought(cast, [other("8.00", bank_reference=""), other("9.00")])
    confirm(run, actor=person(cast.finance))
    run = StatementImport.objects.get(pk=run.pk)
    race(*(lambda: carry_on(run) for _worker in range(2)))
    assert BankLine.objects.count() == 2
    assert Difference.objects.count() == 2


def test_a_day_that_is_closed_while_a_line_comes_holds_it_or_is_closed_without_it(
    cast: Cast,
) -> None:
    load(cast, [other("0.00")])
    explain(
        difference_id=Difference.objects.get().pk, code="other", text=TEXT,
        actor=person(cast.finance),
    )  # fmt: skip
    sign(difference_id=Difference.objects.get().pk, actor=person(cast.checker))
    run = brought(cast, [other("8.00")])
    confirm(run, actor=person(cast.finance))
    run, day = StatementImport.objects.get(pk=run.pk), day_of(cast)
    results = race(lambda: close(day_id=day.pk, actor=person(cast.checker)), lambda: carry_on(run))
    line = BankLine.objects.get(amount="8.00")
    closed = not isinstance(results[0], Exception)
    assert (day_of(cast).state == "closed") == closed
    assert (line.day == day) != closed
    assert Difference.objects.get(line=line).late_for == (day if closed else None)


def test_two_answers_to_an_explanation_are_one(cast: Cast) -> None:
    load(cast, [other("8.00")])
    difference = Difference.objects.get()
    explain(difference_id=difference.pk, code="fee", text=TEXT, actor=person(cast.finance))
    results = race(
        lambda: sign(difference_id=difference.pk, actor=person(cast.checker)),
        lambda: send_back(difference_id=difference.pk, actor=person(cast.checker), note="No."),
    )
    assert sum(isinstance(result, WrongState) for result in results) == 1
    assert Difference.objects.get().state in ("signed", "open")


def test_a_day_is_closed_and_opened_again_once(cast: Cast) -> None:
    load(cast, [out(paid(cast))])
    day = day_of(cast)
    results = race(*(lambda: close(day_id=day.pk, actor=person(cast.checker)) for _ in range(2)))
    assert sum(isinstance(result, WrongState) for result in results) == 1
    results = race(
        *(
            lambda: reopen(day_id=day.pk, actor=person(cast.finance), note="A second page.")
            for _ in range(2)
        )
    )
    assert sum(isinstance(result, WrongState) for result in results) == 1
    assert ReconciliationDay.objects.get().state == "open"
