"""Colleagues who click at the same time, on real locks."""

from typing import Any

import pytest

from backoffice.actors import INSTALLER, person, system
from backoffice.audit.recording import recorded
from backoffice.exceptions import BadInput, WrongState
from backoffice.models import User
from merchants.models import Membership
from refunds.exceptions import RefundExceedsBalance
from refunds.models import State
from refunds.workflow import perform
from tests.cast import Cast, make_cast
from tests.refunds.factories import fetch, make_case, make_order
from tests.threads import at_once, unexpected

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """The cast, committed, so that other connections see it."""
    return make_cast()


def acts(case: Any, user: User, action: str, **details: Any) -> Any:
    return lambda: perform(action, case_id=case.pk, actor=person(user), **details)


def test_of_two_people_who_claim_at_once_one_has_the_case(cast: Cast) -> None:
    with recorded(system(INSTALLER), "For a test."):
        other = User.objects.create_user("colleague")
        Membership.objects.create(user=other, role="staff", store=cast.a)
    for _ in range(10):
        case = make_case(make_order(cast.a), cast.staff)
        results = at_once(acts(case, cast.staff, "claim"), acts(case, other, "claim"))
        assert unexpected(results, WrongState) == []
        assert [isinstance(result, WrongState) for result in results].count(True) == 1
        assert fetch(case).assignee in (cast.staff, other)
        assert fetch(case).history.count() == 2


def test_two_cases_are_never_merged_into_each_other(cast: Cast) -> None:
    for _ in range(10):
        order = make_order(cast.a)
        first, second = (make_case(order, cast.staff) for _ in range(2))
        results = at_once(
            acts(first, cast.supervisor, "merge", into=second),
            acts(second, cast.manager, "merge", into=first),
        )
        assert unexpected(results, BadInput, WrongState) == []
        states = sorted([fetch(first).state, fetch(second).state])
        assert states == [State.REQUESTED, State.WITHDRAWN]


def test_two_reopened_cases_do_not_take_the_same_money(cast: Cast) -> None:
    for _ in range(5):
        order = make_order(cast.a, (1, "50.00"), freight="0.00")
        pair = []
        for _n in range(2):
            case = make_case(order, cast.staff)
            perform("withdraw", case_id=case.pk, actor=person(cast.staff))
            pair.append(case)
        results = at_once(*(acts(c, cast.supervisor, "reopen", note="Again.") for c in pair))
        assert unexpected(results, RefundExceedsBalance) == []
        assert sorted(fetch(case).state for case in pair) == [State.REQUESTED, State.WITHDRAWN]
