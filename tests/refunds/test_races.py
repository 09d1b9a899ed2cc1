"""Reviewer against timer, sweep against sweep: on real locks, exactly one decision each."""

from collections.abc import Callable
from typing import Any

import pytest

from backoffice.actors import TIMER, person, system
from backoffice.audit.recording import recorded
from backoffice.clock import now
from backoffice.exceptions import BackofficeError
from refunds.exceptions import RefundExceedsBalance
from refunds.models import Payout, RefundCase
from refunds.sweep import expire_deadlines
from refunds.workflow import perform
from tests.cast import Cast, make_cast
from tests.refunds.factories import fetch, make_case, make_order
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
    from refunds.models import RejectCode

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
