"""Reviewer against timer, sweep against sweep: on real locks, exactly one decision each."""

import os
import random
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from backoffice.actors import TIMER, person, system
from backoffice.audit.recording import recorded
from backoffice.clock import now
from backoffice.exceptions import BackofficeError, WrongState
from backoffice.models import User
from merchants.models import Store
from refunds.deciding import rails
from refunds.exceptions import RefundExceedsBalance
from refunds.models import CaseLine, Payout, RefundCase, RejectCode, State
from refunds.sweep import Sweep, expire_deadlines, run
from refunds.workflow import lock, perform
from tests.cast import Cast, make_cast
from tests.refunds.factories import fetch, make_case, make_order
from tests.refunds.many import make_overdue
from tests.threads import at_once, unexpected

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """The cast, committed, so that other connections see it."""
    return make_cast()


def race(*jobs: Callable[[], Any]) -> list[Any]:
    """``at_once``, where nothing but a refusal may go wrong."""
    results = at_once(*jobs)
    assert unexpected(results, BackofficeError) == []
    return results


def overdue(case: RefundCase) -> RefundCase:
    """The same case with its deadline just passed."""
    with recorded(system(TIMER), "The test's clock."):
        case.due_at = now()
        case.save()
    return case


def test_reviewer_and_timer_make_one_decision(cast: Cast) -> None:
    for _ in range(25):
        case = overdue(make_case(make_order(cast.a), cast.staff))
        race(
            lambda case=case: perform("approve", case_id=case.pk, actor=person(cast.staff)),
            lambda case=case: perform("auto_approve", case_id=case.pk, actor=system(TIMER)),
        )
        assert Payout.objects.filter(case=case).count() == 1
        decisions = [
            v.action for v in case.history.all() if v.action in ("approve", "auto_approve")
        ]
        assert len(decisions) == 1
        assert fetch(case).state == "reviewed"


def test_thousands_of_pairs_of_reviewer_and_timer_make_one_decision_each(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In each round some cases fall due; two people and the timer go at them in the same order.

    The timer begins when the people are somewhere among them, and meets them there. ``make soak``
    asks 10,000 pairs.
    """
    rounds, pairs, dice = int(os.environ.get("SOAK_PAIRS", "1000")) // 200, 200, random.Random(7)
    monkeypatch.setattr(run, "PAGE", 20)
    set_caps(cast.a)
    ids = make_overdue([cast.a], rounds * pairs)
    due = dict(RefundCase.objects.filter(pk__in=ids).values_list("pk", "due_at"))
    in_turn, people = sorted(due, key=due.__getitem__), [cast.staff, cast.manager]
    system(TIMER)
    for start in range(0, len(in_turn), pairs):
        batch, reached = in_turn[start : start + pairs], threading.Event()
        halves, signal = (batch[::2], batch[1::2]), dice.choice(batch[: pairs // 6 : 2])
        with time_machine.travel(due[batch[-1]], tick=False):
            race(
                lambda half=halves[0], at=signal, reached=reached: review(
                    half, people[0], at, reached
                ),
                lambda half=halves[1]: review(half, people[1]),
                lambda reached=reached: reached.wait(60) and expire_deadlines(),
            )
    actions = RefundCase.history.filter(action__in=("approve", "auto_approve"))
    by = Counter(actions.values_list("action", flat=True))
    assert by["approve"] + by["auto_approve"] == len(in_turn) == rounds * pairs
    assert min(by.values()) > len(in_turn) / 50, "one of the two hardly ever came first"
    decided = RefundCase.objects.filter(state=State.REVIEWED, version=2, decided_at__isnull=False)
    assert decided.count() == len(in_turn)
    paid = Payout.objects.values("case").distinct()
    assert Payout.objects.count() == paid.count() == len(in_turn)
    assert CaseLine.history.filter(history_type="~").count() == len(in_turn)


def review(
    case_ids: list[int], who: User, signal: int = 0, reached: threading.Event | None = None
) -> None:
    """Approve each of the cases, unless the timer was quicker; say when the one ``signal`` is next."""
    for case_id in case_ids:
        if reached and case_id == signal:
            reached.set()
        with suppress(WrongState):
            perform("approve", case_id=case_id, actor=person(who))


def set_caps(store: Store) -> None:
    """Room for everything, in one day."""
    with recorded(system(TIMER), "For a test."):
        store.daily_cap_count, store.daily_cap_amount = 10**6, 10**9
        store.save()


def test_two_sweeps_share_the_work_of_a_day_with_little_room_left(cast: Cast) -> None:
    ids = make_overdue([cast.a], 600)
    with recorded(system(TIMER), "For a test."):
        cast.a.daily_cap_count, cast.a.daily_cap_amount = 10**6, Decimal(28 * 250)
        cast.a.save()
    first, second = race(expire_deadlines, expire_deadlines)
    assert first.decided + second.decided == Payout.objects.count() == 250
    assert first.held + second.held == len(ids) - 250
    assert RefundCase.objects.filter(held_because=rails.CAP_REACHED).count() == len(ids) - 250


def test_what_somebody_holds_is_passed_over_and_tried_again_at_the_end(cast: Cast) -> None:
    ids = make_overdue([cast.a], 10)
    held, swept = threading.Event(), threading.Event()

    def look_for_long() -> None:
        with recorded(person(cast.staff), "Thinking."):
            lock(ids[4])
            held.set()
            swept.wait(30)

    def sweep_around() -> Sweep:
        held.wait(30)
        try:
            return expire_deadlines()
        finally:
            swept.set()

    _nothing, sweep = race(look_for_long, sweep_around)
    assert sweep == Sweep(decided=9)
    assert RefundCase.objects.get(pk=ids[4]).state == State.REQUESTED
    assert expire_deadlines() == Sweep(decided=1)


def test_two_sweeps_at_once_approve_each_case_once(cast: Cast) -> None:
    cases = [overdue(make_case(make_order(cast.a), cast.staff)) for _ in range(20)]
    system(TIMER)
    first, second = race(expire_deadlines, expire_deadlines)
    assert first.decided + second.decided == len(cases)
    assert Payout.objects.count() == len(cases)
    for case in cases:
        assert [v.action for v in case.history.all()].count("auto_approve") == 1


def test_two_requests_at_once_never_take_more_than_was_paid(cast: Cast) -> None:
    for _ in range(10):
        order = make_order(cast.a, (1, "50.00"))
        results = race(*[lambda order=order: make_case(order, cast.staff)] * 2)
        assert sorted(type(r) is RefundExceedsBalance for r in results) == [False, True]
        assert RefundCase.objects.filter(order=order).count() == 1


def test_two_people_with_the_same_page_decide_once(cast: Cast) -> None:

    code = RejectCode.objects.get(code="R05")
    for _ in range(10):
        case = make_case(make_order(cast.a), cast.staff)
        race(
            lambda case=case: perform(
                "approve", case_id=case.pk, actor=person(cast.staff), version=1
            ),
            lambda case=case: perform(
                "reject",
                case_id=case.pk,
                actor=person(cast.manager),
                version=1,
                code=code,
                note="No.",
            ),
        )
        assert fetch(case).version == 2
        assert Payout.objects.filter(case=case).count() == int(fetch(case).state == "reviewed")
