"""Many requests at the same instant: the daily cap holds, and each case is decided once."""

import pytest

from backoffice.actors import INSTALLER, RULES, person, system
from backoffice.audit.recording import recorded
from backoffice.clock import now
from backoffice.exceptions import BackofficeError
from refunds.models import DecidedBy, Payout, RefundCase
from refunds.workflow import perform
from tests.cast import Cast, make_cast
from tests.refunds.factories import make_case, make_order
from tests.threads import at_once, unexpected

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
CAP = 5


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """The cast, committed; store A tells when goods are picked, and has room for five a day."""
    cast = make_cast()
    order = make_order(cast.a, shipped=now())
    with recorded(system(INSTALLER), "For a test."):
        order.picked_at = now()
        order.save()
        cast.a.daily_cap_count = CAP
        cast.a.save()
    system(RULES)
    return cast


def test_concurrent_requests_never_break_the_daily_cap(cast: Cast) -> None:
    for _ in range(2):
        orders = [make_order(cast.a) for _ in range(8)]
        results = at_once(*[lambda order=order: make_case(order, cast.staff) for order in orders])
        assert unexpected(results) == []
    assert RefundCase.objects.filter(decided_by=DecidedBy.RULE).count() == CAP
    assert Payout.objects.count() == CAP


def test_a_rule_and_a_person_make_one_decision(cast: Cast) -> None:
    with recorded(system(INSTALLER), "For a test."):
        cast.a.instant_approval = False
        cast.a.save()
    cases = [make_case(make_order(cast.a), cast.staff) for _ in range(10)]
    with recorded(system(INSTALLER), "For a test."):
        cast.a.instant_approval, cast.a.daily_cap_count = True, 100
        cast.a.save()
    for case in cases:
        results = at_once(
            lambda pk=case.pk: perform("approve", case_id=pk, actor=person(cast.staff)),
            lambda pk=case.pk: perform("instant_approve", case_id=pk, actor=system(RULES)),
        )
        assert unexpected(results, BackofficeError) == []
        assert Payout.objects.filter(case=case).count() == 1
        assert case.history.filter(action__in=["approve", "instant_approve"]).count() == 1
