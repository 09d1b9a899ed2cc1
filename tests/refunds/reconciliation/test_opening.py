"""Which days are opened by themselves: of whom, from when on, and until when."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine

from backoffice.actors import INSTALLER, system
from backoffice.audit.recording import recorded
from merchants.models import Store
from refunds.models import PayoutGateway, ReconciliationDay
from refunds.reconciliation.opening import open_days
from tests.cast import Cast
from tests.gateways.paying import open_gateway
from tests.refunds.reconciliation.statements import DAY, NOON, load, other, out, paid

pytestmark = [pytest.mark.once, pytest.mark.django_db]


def on(days: int) -> Any:
    """At noon, so many days after ``DAY``."""
    return time_machine.travel(NOON + timedelta(days=days), tick=False)


def opened(**of: object) -> list[date]:
    rows = ReconciliationDay.objects.filter(**of).order_by("day")
    return list(rows.values_list("day", flat=True))


def gateway_of(store: Store, at: datetime = NOON) -> PayoutGateway:
    with time_machine.travel(at, tick=False):
        return open_gateway(store)


def days_from(first: int, until: int) -> list[date]:
    return [DAY + timedelta(days=n) for n in range(first, until)]


def test_each_day_of_a_gateway_is_opened_once_it_is_over(cast: Cast) -> None:
    gateway_of(cast.a)
    for days, made in ((0, 0), (1, 1), (1, 0), (4, 3)):
        with on(days):
            assert open_days() == made
    assert opened(account="sandbox demo", store=cast.a, currency="CNY") == days_from(0, 4)
    last = ReconciliationDay.objects.latest("pk").history.get()
    assert (last.history_change_reason, last.actor_name) == (
        "A day of this account is over.",
        "importer",
    )


def test_an_account_at_a_bank_begins_with_its_first_day(cast: Cast) -> None:
    payout = paid(cast)
    with on(3):
        assert open_days() == 0
    load(cast, [out(payout)])
    with on(3):
        assert (open_days(), open_days()) == (2, 0)
    assert opened(account=cast.a.account) == days_from(0, 3)


def test_what_is_missing_between_is_opened_too(cast: Cast) -> None:
    payout, later = paid(cast), paid(cast, "7.00", NOON + timedelta(days=3))
    for row, day in ((payout, 0), (later, 3)):
        at = NOON + timedelta(days=day + 1)
        load(cast, [out(row, DAY + timedelta(days=day))], at=at)
    with on(4):
        assert open_days() == 2
    assert opened() == days_from(0, 4)


def test_a_gateway_out_of_use_ends_once_nothing_is_booked_any_more(cast: Cast) -> None:
    gateway = gateway_of(cast.a)
    with on(1):
        open_days()
    with recorded(system(INSTALLER), "The contract ended."):
        gateway.in_use = False
        gateway.save()
    with on(5):
        assert open_days() == 0
    load(cast, [other("5.00", DAY + timedelta(days=4))], at=NOON + timedelta(days=5),
         account="sandbox demo")  # fmt: skip
    with on(6):
        assert open_days() == 4
    with on(70):
        assert open_days() == 0


def test_days_in_another_currency_are_not_asked_for(cast: Cast) -> None:
    load(cast, [other("5.00"), other("5.00", currency="EUR")])
    with on(3):
        assert open_days() == 2
    assert opened(currency="EUR") == [DAY]


def test_a_day_begins_and_ends_where_the_store_is(cast: Cast) -> None:
    gateway_of(cast.a, NOON.replace(hour=0, minute=30))  # the 9th, in UTC
    with time_machine.travel(NOON.replace(hour=23, minute=59), tick=False):
        assert open_days() == 0
    with time_machine.travel(NOON + timedelta(hours=12, minutes=1), tick=False):
        assert open_days() == 1
    assert opened() == [DAY]
