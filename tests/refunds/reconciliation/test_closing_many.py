"""Closing many quiet days: each by the rules of one day, and each with a result."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from backoffice.actors import INSTALLER, person, system
from backoffice.audit.recording import recorded
from refunds.models import Difference, ReconciliationDay
from refunds.reconciliation.closing import close
from refunds.reconciliation.closing_many import MOST, TooManyDays, close_many, to_close
from refunds.reconciliation.days import row_for
from refunds.reconciliation.handling import explain, sign
from tests.cast import Cast
from tests.refunds.money import give_role
from tests.refunds.reconciliation.statements import DAY, NOON, load, other, out, paid

pytestmark = pytest.mark.once

LIST = reverse("admin:refunds_reconciliationday_changelist")
MANY = reverse("admin:refunds_reconciliationday_close_many")
WEEK = [DAY + timedelta(days=n) for n in range(4)]
LATER = NOON + timedelta(days=7)


@pytest.fixture(autouse=True)
def a_week_later() -> Iterator[None]:
    cache.clear()
    with time_machine.travel(LATER, tick=False):
        yield


@pytest.fixture
def days(cast: Cast) -> list[ReconciliationDay]:
    """Four days of store A, reported by finance: one with a payment, two empty ones, and one that differs."""
    payout = paid(cast, "100.00")
    load(
        cast,
        [out(payout), other("8.00", WEEK[3])],
        day_from=WEEK[0],
        day_until=WEEK[3],
        at=LATER,
    )
    return list(ReconciliationDay.objects.filter(day__in=WEEK, store=cast.a).order_by("day"))


def states(days: list[ReconciliationDay]) -> list[str]:
    return [ReconciliationDay.objects.get(pk=day.pk).state for day in days]


def chosen(days: list[ReconciliationDay]) -> dict[str, Any]:
    return {"action": "close_chosen", "_selected_action": [day.pk for day in days]}


def test_quiet_days_are_chosen_looked_at_and_closed_together(
    client: Client, cast: Cast, days: list[ReconciliationDay]
) -> None:
    client.force_login(cast.checker)
    assert [row.day for row in to_close(ReconciliationDay.objects.order_by("day"))] == WEEK[:3]
    assert len(client.get(LIST, {"quiet": "1"}).context["cl"].result_list) == 3
    page = client.post(LIST, chosen(days)).content.decode()
    assert "Nothing differs on 3 days." in page
    assert "¥100.00" in page
    assert "1 difference is not explained and signed." in page
    assert states(days) == ["open"] * 4

    answer = client.post(MANY, {"day": [day.pk for day in days], "note": "Looked at all four."})
    assert (answer.context["done"], answer.context["refused"]) == (3, 1)
    assert "1 difference is not explained and signed." in answer.content.decode()
    assert states(days) == ["closed"] * 3 + ["open"]
    for day in days[:3]:
        version = day.history.latest()
        assert (version.action, version.actor_name) == ("close_day", "checker")
        assert version.history_change_reason == "Looked at all four."
    closed = ReconciliationDay.objects.get(pk=days[0].pk)
    assert closed.closed_by == cast.checker
    assert closed.figures["bank_paid"] == {"count": 1, "total": "100.00"}


def test_a_day_on_which_something_differed_is_closed_by_itself(
    cast: Cast, days: list[ReconciliationDay]
) -> None:

    fee = Difference.objects.get()
    text = "The bank took its monthly charge."
    explain(difference_id=fee.pk, code="fee", text=text, actor=person(cast.finance))
    sign(difference_id=fee.pk, actor=person(cast.checker))
    [result] = close_many(day_ids=[days[3].pk], actor=person(cast.checker))
    assert result.refusal == "Something differed on this day. Look at it, and close it by itself."
    assert close(day_id=days[3].pk, actor=person(cast.checker)).state == "closed"


def test_whoever_loaded_a_report_closes_none_of_its_days(
    client: Client, cast: Cast, days: list[ReconciliationDay]
) -> None:
    client.force_login(give_role(cast, "finance", "checker"))
    page = client.post(LIST, chosen(days[:2])).content.decode()
    assert "None of the chosen days can be closed here." in page
    assert "You loaded a report of this day, so somebody else has to close it." in page
    answer = client.post(MANY, {"day": [days[0].pk, days[1].pk]})
    assert (answer.context["done"], answer.context["refused"]) == (0, 2)
    assert states(days) == ["open"] * 4


def test_what_came_after_the_look_is_seen(cast: Cast, days: list[ReconciliationDay]) -> None:
    load(cast, [other("3.00", WEEK[1])], at=LATER)
    results = close_many(day_ids=[day.pk for day in days[:2]], actor=person(cast.checker))
    assert [bool(result.refusal) for result in results] == [False, True]
    assert states(days) == ["closed", "open", "open", "open"]


def test_each_day_needs_the_permission_in_its_own_store(
    client: Client, cast: Cast, days: list[ReconciliationDay]
) -> None:
    with recorded(system(INSTALLER), "Days of other stores."):
        seen, unseen = (row_for(store, "ACCT", "CNY", DAY) for store in (cast.a2, cast.b))
    client.force_login(give_role(cast, "checker", "manager", cast.a2))
    answer = client.post(MANY, {"day": [seen.pk, unseen.pk, days[0].pk, "9" * 30, "x"]})
    told = [(result.day.pk, result.refusal) for result in answer.context["results"]]
    assert told == [(seen.pk, "Your role does not allow this in this store."), (days[0].pk, "")]
    page = client.post(LIST, chosen([seen, unseen])).content.decode()
    assert "Your role does not allow this in this store." in page
    assert states([seen, unseen]) == ["open", "open"]


def test_nobody_else_closes_many(client: Client, cast: Cast, days: list[ReconciliationDay]) -> None:
    for who in ("finance", "manager", "auditor", "platform", "staff"):
        client.force_login(getattr(cast, who))
        assert client.post(MANY, {"day": [days[0].pk]}).status_code == 403, who
        client.post(LIST, chosen(days))
        assert "close_chosen" not in client.get(LIST).content.decode(), who
    assert states(days) == ["open"] * 4


def test_a_link_closes_nothing_and_too_many_are_refused(
    client: Client, cast: Cast, days: list[ReconciliationDay]
) -> None:
    client.force_login(cast.checker)
    assert client.get(MANY, {"day": days[0].pk}).status_code == 302
    assert client.put(MANY).status_code == 405
    assert client.post(MANY).status_code == 400
    answer = client.post(MANY, {"day": list(range(1, MOST + 2))})
    assert answer.status_code == 400
    assert "Choose at most 100 days at once" in answer.content.decode()
    with pytest.raises(TooManyDays):
        close_many(day_ids=range(MOST + 1), actor=person(cast.checker))
    assert states(days) == ["open"] * 4
