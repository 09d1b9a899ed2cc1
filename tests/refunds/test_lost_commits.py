"""The connection is lost during a COMMIT wherever money moves; whoever acted tries again: it moves once."""

import io
import os
import random
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from django.core.cache import cache
from django.db import Error
from django.utils.timezone import localdate

from backoffice.actors import IMPORTER, TIMER, person, system
from backoffice.bulk.jobs import carry_on
from backoffice.bulk.runs import confirm
from backoffice.exceptions import BackofficeError
from refunds.batches.building import build
from refunds.batches.files import export
from refunds.ledger import deposits
from refunds.models import LedgerEntry, Payout, RefundBatch, RefundCase
from refunds.payouts.bounces import bounce
from refunds.payouts.queueing import retry
from refunds.reconciliation.statements import bring_statement
from refunds.results import bring_result
from refunds.sweep import expire_deadlines
from refunds.workflow import perform
from tests.cast import Cast
from tests.losing import losing
from tests.refunds.factories import make_case, make_order
from tests.refunds.invariants import broken
from tests.refunds.many import make_overdue
from tests.refunds.money import (
    answer,
    apply,
    csv_of,
    queue_payouts,
    release,
    rows_of,
    send,
)
from tests.refunds.reconciliation.statements import back, file_of, out

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
MOST = 12  # commits of one act that are tried
SOAKS = "SOAK_KILLS" in os.environ
TRIED = 2  # commits of each act, of which the first counts and the other does not


@dataclass(frozen=True)
class Act:
    """Something that moves money: done once it ``is_done``, whoever does it, and however often."""

    do: Callable[[], object]
    is_done: Callable[[], bool]


def in_state(state: str, *payouts: Payout) -> bool:
    ids = [payout.pk for payout in payouts]
    return set(Payout.objects.filter(pk__in=ids).values_list("state", flat=True)) == {state}


def sealed(cast: Cast, *prices: str) -> RefundBatch:
    """A batch of new payouts alone: what other acts left queued waits on."""
    own = [payout.pk for payout in queue_payouts(cast.a, cast.staff, *prices)]
    return build(store_id=cast.a.pk, currency="CNY", actor=person(cast.finance), payout_ids=own)


def sent(cast: Cast, *prices: str) -> RefundBatch:
    """The same, handed out for the bank."""
    return send(cast, *queue_payouts(cast.a, cast.staff, *prices))


def approval(cast: Cast) -> Act:
    case = make_case(make_order(cast.a, (1, "50.00")), cast.staff)
    payouts = Payout.objects.filter(case=case)
    return Act(
        lambda: perform("approve", case_id=case.pk, actor=person(cast.staff)),
        lambda: payouts.count() == 1,
    )


def the_timer(cast: Cast) -> Act:
    ids = make_overdue([cast.a], 3)
    return Act(expire_deadlines, lambda: Payout.objects.filter(case__in=ids).count() == 3)


def a_new_batch(cast: Cast) -> Act:
    (payout,) = queue_payouts(cast.a, cast.staff, "50.00")
    return Act(
        lambda: build(
            store_id=cast.a.pk, currency="CNY", actor=person(cast.finance), payout_ids=[payout.pk]
        ),
        lambda: Payout.objects.get(pk=payout.pk).batch_id is not None,
    )


def a_signature(cast: Cast) -> Act:
    batch = sealed(cast, "50.00")
    return Act(
        lambda: release(batch_id=batch.pk, actor=person(cast.checker)),
        lambda: in_state("approved", *rows_of(batch)),
    )


def a_file_for_the_bank(cast: Cast) -> Act:
    batch = sealed(cast, "50.00", "20.00")
    release(batch_id=batch.pk, actor=person(cast.checker))
    return Act(
        lambda: export(batch_id=batch.pk, actor=person(cast.finance), file_format="csv"),
        lambda: in_state("sent", *rows_of(batch)),
    )


def the_banks_answer(cast: Cast) -> Act:
    batch = sent(cast, "50.00", "20.00")
    content = csv_of([answer(payout) for payout in rows_of(batch)])
    run = bring_result(
        batch_id=batch.pk, file=io.BytesIO(content), name="day.csv", actor=person(cast.finance)
    )
    return Act(lambda: work_on_file(run), lambda: in_state("settled", *rows_of(batch)))


def a_return_on_the_statement(cast: Cast) -> Act:
    batch = sent(cast, "50.00")
    (payout,) = rows_of(batch)
    apply(cast, batch, [answer(payout)])
    lines = file_of([out(payout, localdate()), back(payout, localdate())])
    run = bring_statement(
        store_id=cast.a.pk, file=lines, name="bank.csv", actor=person(cast.finance)
    )
    return Act(lambda: work_on_file(run), lambda: in_state("returned", payout))


def work_on_file(run: Any) -> None:
    """What ticks and the one who brought it do until the file is applied."""
    cache.clear()  # of whoever was cut off: their leases would run out by themselves
    for _step in range(2):
        run = type(run).objects.get(pk=run.pk)
        if run.state == "checked":
            confirm(run, actor=person(run.uploaded_by))
        carry_on(type(run).objects.get(pk=run.pk))


def a_return_by_hand(cast: Cast) -> Act:
    batch = sent(cast, "50.00")
    (payout,) = rows_of(batch)
    apply(cast, batch, [answer(payout)])
    return Act(
        lambda: bounce(reasons={payout.pk: "Closed."}, actor=person(cast.finance)),
        lambda: in_state("returned", payout),
    )


def a_payout_again(cast: Cast) -> Act:
    batch = sent(cast, "50.00")
    (payout,) = rows_of(batch)
    apply(cast, batch, [answer(payout, "failed", "Closed")])
    again = Payout.objects.filter(case=payout.case_id, state="queued")
    return Act(
        lambda: retry(payout_id=payout.pk, actor=person(cast.finance)), lambda: again.count() == 1
    )


def a_deposit(cast: Cast) -> Act:
    reference = f"DEP-{LedgerEntry.objects.count()}"
    booked = LedgerEntry.objects.filter(reference=reference)
    return Act(
        lambda: deposits.book(
            merchant_id=cast.a.merchant_id, kind="paid_in", amount=Decimal(100), currency="CNY",
            reference=reference, actor=person(cast.platform),
        ),
        lambda: booked.count() == 1,
    )  # fmt: skip


ACTS = (
    approval,
    the_timer,
    a_new_batch,
    a_signature,
    a_file_for_the_bank,
    the_banks_answer,
    a_return_on_the_statement,
    a_return_by_hand,
    a_payout_again,
    a_deposit,
)


def test_a_commit_whose_answer_is_lost_moves_money_once(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = random.Random(20261128)
    for name in (TIMER, IMPORTER):
        system(name)  # whose account is made at first sight, by a commit of its own
    for make in ACTS:
        for nth, counted in losses(make(cast), monkeypatch, dice):
            act = make(cast)
            with losing(monkeypatch, nth, counted=counted) as lost:
                try_it(act)
            assert lost.happened, (make.__name__, nth)
            try_it(act)
            assert act.is_done(), (make.__name__, nth, counted)
            try_it(act)
            assert act.is_done(), (make.__name__, nth, counted)
    assert broken() == []
    assert not RefundBatch.objects.filter(payouts__isnull=True).exists()
    assert RefundCase.objects.filter(payouts__isnull=False).exists()


def try_it(act: Act) -> None:
    """Once more, as whoever saw an error does; what was done already is refused."""
    try:
        act.do()
    except (Error, BackofficeError):
        return


def losses(
    act: Act, monkeypatch: pytest.MonkeyPatch, dice: random.Random
) -> list[tuple[int, bool]]:
    """Which commits of such an act are lost, and whether they count: all of them, or some."""
    with losing(monkeypatch, 10**6, counted=True) as lost:
        act.do()
    commits = 10**6 - lost.left
    assert act.is_done()
    assert commits, "nothing was committed: this proves nothing"
    every = list(product(range(1, min(commits, MOST) + 1), (True, False)))
    return every if SOAKS else dice.sample(every, min(TRIED, len(every)))
