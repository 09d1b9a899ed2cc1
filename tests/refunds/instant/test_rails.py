"""What keeps a rule from deciding: rails, switches, caps, and what people did before."""

from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from backoffice.actors import INSTALLER, RULES, person, system
from backoffice.audit.recording import recorded
from backoffice.exceptions import NotAllowed, WrongState
from merchants.models import Store
from refunds.exceptions import HeldForPerson
from refunds.instant.rails import REFUSED_BEFORE
from refunds.models import FlaggedSku, Payout, RefundCase, RefundPolicy, RejectCode, RiskHold, State
from refunds.workflow import perform
from tests.cast import Cast
from tests.refunds.factories import fetch, make_case, make_order
from tests.refunds.instant.asking import flag, show

pytestmark = pytest.mark.once


def switched(row: Any, **values: Any) -> None:
    """The row with other values."""
    with recorded(system(INSTALLER), "For a test."):
        for name, value in values.items():
            setattr(row, name, value)
        row.save()


def _hold_buyer(_cast: Cast, case: RefundCase) -> None:
    RiskHold.objects.create(buyer=case.order.buyer, why="Empty boxes.")


def _held(_cast: Cast, case: RefundCase) -> None:
    switched(fetch(case), held_because="Somebody has to look.")


RAILS = {
    "switched off": lambda cast, _case: switched(cast.a, instant_approval=False),
    "flagged": flag,
    "buyer held": _hold_buyer,
    "held": _held,
    "no more cases today": lambda cast, _case: switched(cast.a, daily_cap_count=0),
    "no more money today": lambda cast, _case: switched(cast.a, daily_cap_amount=Decimal("29.99")),
}


@pytest.mark.parametrize("rail", RAILS)
def test_what_a_rail_stops_waits_for_a_person(cast: Cast, small: RefundCase, rail: str) -> None:
    with recorded(system(INSTALLER), "For a test."):
        RAILS[rail](cast, small)
    case = show(fetch(small), cast)
    assert (case.state, case.decided_by, case.rule) == (State.REQUESTED, "", None)
    assert not Payout.objects.exists()


def test_the_switch_is_asked_again_under_the_lock(cast: Cast, small: RefundCase) -> None:
    switched(cast.a, instant_approval=False)
    show(fetch(small), cast)
    with pytest.raises(HeldForPerson, match="switched off for this store"):
        perform("instant_approve", case_id=small.pk, actor=system(RULES))
    assert not Payout.objects.exists()


@pytest.mark.parametrize(
    "lifted",
    [
        lambda cast, _case: FlaggedSku.objects.create(
            store=cast.a, sku="SKU-1", why="-", active=False
        ),
        lambda cast, _case: FlaggedSku.objects.create(store=cast.b, sku="SKU-1", why="Elsewhere."),
        lambda _cast, case: RiskHold.objects.create(buyer=case.order.buyer, why="-", active=False),
        lambda cast, _case: switched(cast.a, daily_cap_count=1, daily_cap_amount=Decimal(30)),
        lambda cast, _case: switched(cast.a, auto_approval=False),
    ],
    ids=["flag lifted", "flagged elsewhere", "hold lifted", "room for one", "timer switched off"],
)
def test_what_is_no_rail_lets_it_through(cast: Cast, small: RefundCase, lifted: Any) -> None:
    with recorded(system(INSTALLER), "For a test."):
        lifted(cast, small)
    assert show(fetch(small), cast).state == State.REVIEWED


def test_the_policy_s_ceiling_holds_for_rules_too(cast: Cast, telling: Store) -> None:
    ceiling = RefundPolicy.objects.filter(kind="refund_only", stage="not_shipped")[0].auto_ceiling
    assert (
        make_case(make_order(telling, (1, str(ceiling + 1))), cast.staff).state == State.REQUESTED
    )
    assert make_case(make_order(telling, (1, str(ceiling))), cast.staff).state == State.REVIEWED


def test_the_daily_cap_begins_again_the_next_day(cast: Cast, telling: Store) -> None:
    switched(cast.a, daily_cap_count=1)
    with time_machine.travel("2026-06-01 15:59:00Z", tick=False):  # 23:59 in Shanghai
        assert make_case(make_order(telling), cast.staff).state == State.REVIEWED
        assert make_case(make_order(telling), cast.staff).state == State.REQUESTED
    with time_machine.travel("2026-06-01 16:00:00Z", tick=False):
        assert make_case(make_order(telling), cast.staff).state == State.REVIEWED


def test_no_person_and_no_timer_may_do_it(cast: Cast, small: RefundCase) -> None:
    for actor in (person(cast.manager), person(cast.platform), system("timer")):
        with pytest.raises(NotAllowed):
            perform("instant_approve", case_id=small.pk, actor=actor)


def test_what_is_decided_or_disputed_is_left_alone(cast: Cast, small: RefundCase) -> None:
    perform("withdraw", case_id=small.pk, actor=person(cast.staff))
    with pytest.raises(WrongState):
        perform("instant_approve", case_id=small.pk, actor=system(RULES))


def test_a_photo_alone_does_not_undo_what_a_person_refused(
    client: Client, cast: Cast, small: RefundCase
) -> None:
    code = RejectCode.objects.get(code="R07")
    perform("reject", case_id=small.pk, actor=person(cast.supervisor), code=code, note="Abuse.")
    perform("reopen", case_id=small.pk, actor=person(cast.supervisor), note="They ask again.")
    case = show(small, cast)
    assert (case.state, case.decided_by, case.rule) == (State.REQUESTED, "", None)
    assert RefundCase.objects.filter(REFUSED_BEFORE.stopped).get() == case
    client.force_login(cast.staff)
    page = client.get(reverse("admin:refunds_refundcase_change", args=[case.pk])).content.decode()
    assert "A person refused this request before." in page
    assert not Payout.objects.exists()


def test_what_the_buyer_took_back_and_asks_for_again_is_for_rules_as_before(
    cast: Cast, small: RefundCase
) -> None:
    perform("withdraw", case_id=small.pk, actor=person(cast.staff))
    perform("reopen", case_id=small.pk, actor=person(cast.supervisor), note="They ask again.")
    assert show(small, cast).state == State.REVIEWED


def test_a_rule_approves_once(cast: Cast, small: RefundCase) -> None:
    show(small, cast)
    with pytest.raises(WrongState):
        perform("instant_approve", case_id=small.pk, actor=system(RULES))
    assert Payout.objects.count() == 1
