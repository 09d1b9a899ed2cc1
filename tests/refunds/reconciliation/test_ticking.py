"""What happens by itself: a day for whatever settled, and another look at the open ones."""

from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache

from backoffice.actors import person
from refunds.models import Difference, ReconciliationDay
from refunds.payouts.bounces import bounce
from refunds.reconciliation.ticking import make_days, reconcile, reconcile_now_and_then
from tests.cast import Cast
from tests.refunds.reconciliation.statements import DAY, NEXT, back, day_of, found, load, out, paid

pytestmark = pytest.mark.once


def test_a_day_appears_once_money_settled_on_it(cast: Cast) -> None:
    paid(cast)
    with time_machine.travel(NEXT, tick=False):
        assert (make_days(), make_days()) == (1, 0)
    day = ReconciliationDay.objects.get()
    assert (day.store, day.day, day.account, day.currency) == (cast.a, DAY, cast.a.account, "CNY")
    assert day.history.get().history_change_reason == "Money settled on this day."


def test_what_agrees_by_now_resolves_by_itself(cast: Cast) -> None:
    payout, seen = paid(cast), paid(cast, "7.00")
    load(cast, [out(seen)])
    load(cast, [out(payout, DAY + timedelta(days=1))], at=NEXT + timedelta(days=1))
    assert found() == [("ours", "no_line", "open")]
    with time_machine.travel(NEXT, tick=False):
        assert reconcile() == 2
    assert found() == [("ours", "no_line", "resolved")]
    assert Difference.objects.get().history.latest().actor_name == "importer"


def test_a_return_that_was_told_before_is_not_taken_back_again(cast: Cast) -> None:
    payout = paid(cast)
    with time_machine.travel(NEXT, tick=False):
        bounce(reasons={payout.pk: "By telephone."}, actor=person(cast.finance))
    load(cast, [out(payout), back(payout)])
    with time_machine.travel(NEXT, tick=False):
        reconcile()
    assert day_of(cast).differences.count() == 0
    assert payout.ledger.filter(kind="returned").count() == 1


def test_one_machine_looks_every_few_minutes(cast: Cast) -> None:
    cache.clear()
    assert reconcile_now_and_then() == 0
    assert reconcile_now_and_then() is None
