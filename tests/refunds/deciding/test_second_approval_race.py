"""Two people who give the second approval at the same instant: one of them decides."""

import pytest

from backoffice.actors import person
from backoffice.exceptions import WrongState
from backoffice.models import User
from refunds.models import Payout
from refunds.workflow import perform
from tests.cast import make_cast
from tests.refunds.compensations import propose
from tests.refunds.factories import fetch, make_order
from tests.threads import at_once, unexpected

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_two_second_approvers_make_one_decision(transactional_db: None) -> None:
    cast = make_cast()
    seconds = [cast.people["manager"], cast.people["manager2"]]
    for _ in range(10):
        case = propose(make_order(cast.a), cast.staff, "goodwill", "80.00")
        perform("approve", case_id=case.pk, actor=person(cast.staff))

        def second(user: User, case_id: int = case.pk) -> object:
            return perform("second_approve", case_id=case_id, actor=person(user))

        results = at_once(*(lambda user=user: second(user) for user in seconds))
        assert unexpected(results, WrongState) == []
        assert sorted(isinstance(result, WrongState) for result in results) == [False, True]
        assert Payout.objects.filter(case=case).count() == 1
        assert [v.action for v in case.history.all()].count("second_approve") == 1
        assert fetch(case).second_approver in seconds
