"""What is unusual: each question finds what it says, and nothing that is as usual."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from decimal import Decimal
from unittest import mock
from zoneinfo import ZoneInfo

import pytest
from django.conf import LazySettings
from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from backoffice import clock
from backoffice.actors import INSTALLER, Actor, person, system
from backoffice.audit.recording import recorded
from backoffice.audit.search.indexing import catch_up
from backoffice.audit.search.unusual import Period, found, question, questions
from merchants.models import Membership, Store, WorkingCalendar, WorkingHours
from refunds.batches.building import build
from refunds.models import RefundCase, Risk
from refunds.payouts.queueing import redirect
from refunds.payouts.routes import Way
from refunds.workflow import perform
from tests.cast import Cast
from tests.flushing import rewrite
from tests.people import make_person
from tests.refunds.factories import make_case, make_order
from tests.refunds.money import queue_payouts, release, sealed_batch

SHANGHAI = ZoneInfo("Asia/Shanghai")


def findings(cast: Cast, code: str, days: int = 30) -> list[str]:
    """What a question finds, as the auditor reads it."""
    catch_up()
    asked = question(code)
    period = Period(clock.now() - timedelta(days=days), clock.now())
    return [finding.sentence for finding in found(asked, cast.auditor, period)[0]]


@contextmanager
def at(hour: int, minute: int = 0) -> Iterator[None]:
    """What happens inside happens yesterday at that hour in Shanghai."""
    day = timezone.localtime(clock.now()).date() - timedelta(days=1)
    moment = datetime.combine(day, time(hour, minute), SHANGHAI)
    with mock.patch.object(timezone, "now", return_value=moment):
        yield


def decided(actor: Actor, store: Store) -> RefundCase:
    return perform("approve", case_id=make_case(make_order(store), actor.user).pk, actor=actor)


def test_a_decision_at_night_is_told_and_one_by_day_is_not(cast: Cast) -> None:
    with at(23, 30):
        night = decided(person(cast.staff), cast.a)
    with at(11):
        decided(person(cast.staff), cast.a)
    [sentence] = findings(cast, "hours")
    assert night.number in sentence
    assert sentence.startswith("staff decided")


def test_a_store_goes_by_its_own_calendar(cast: Cast) -> None:
    with recorded(system(INSTALLER), "A calendar."):
        calendar = WorkingCalendar.objects.create(code="late", name="Late")
        for day in range(7):
            WorkingHours.objects.create(calendar=calendar, weekday=day, opens=time(20), closes=time(0))  # fmt: skip
        cast.a.calendar = calendar
        cast.a.save()
    with at(23, 30):
        decided(person(cast.staff), cast.a)
    with at(11):
        day = decided(person(cast.staff), cast.a)
    [sentence] = findings(cast, "hours")
    assert day.number in sentence


def test_a_pair_is_told_from_its_share_on(cast: Cast, settings: LazySettings) -> None:
    settings.UNUSUAL_PAIR_LEAST = 2
    for _batch in range(2):
        batch = sealed_batch(cast, "40.00")
        release(batch_id=batch.pk, actor=person(cast.checker))
    assert findings(cast, "pairs-batches") == [
        "checker released 2 of the 2 batches that finance built (100 %)."
    ]
    settings.UNUSUAL_PAIR_LEAST = 3
    assert findings(cast, "pairs-batches") == []


def test_a_pair_of_approvers_is_told(cast: Cast, settings: LazySettings) -> None:
    settings.UNUSUAL_PAIR_LEAST = 1
    case = decided(person(cast.staff), cast.a)
    rewrite(
        models.QuerySet(RefundCase).filter(pk=case.pk),
        first_approver=cast.staff,
        first_amount=models.F("amount_approved"),
        second_approver=cast.manager,
    )
    assert findings(cast, "pairs-cases") == [
        "manager gave the second approval to 1 of the 1 cases that staff approved first (100 %)."
    ]


def test_a_payout_sent_elsewhere_just_before_the_release_is_told(cast: Cast) -> None:
    (payout,) = queue_payouts(cast.a, cast.staff, "70.00")
    way = Way("bank", "DE89370400440532013000", "Ada Long", "COBADEFFXXX")
    redirect(payout_id=payout.pk, way=way, note="The card is gone.", actor=person(cast.finance))
    second = make_person("finance-two")
    with recorded(system(INSTALLER), "A second one."):
        Membership.objects.create(user=second, role="finance", store=cast.a)
    batch = build(store_id=cast.a.pk, currency="CNY", actor=person(second), method="bank")
    release(batch_id=batch.pk, actor=person(cast.checker))
    told = findings(cast, "release")
    assert told
    assert all(f"finance changed {payout.number} (Sent another way)" in line for line in told)
    assert all(f"before {batch.number} was released." in line for line in told)


@pytest.mark.usefixtures("still_clock")
def test_a_burst_is_told_with_its_number(cast: Cast, settings: LazySettings) -> None:
    settings.UNUSUAL_BURST_DECISIONS = 3
    with at(10):
        decided(person(cast.manager), cast.a)
    for minute in (0, 1, 2):
        with at(12, minute):
            decided(person(cast.staff), cast.a)
    assert findings(cast, "bursts") == ["staff decided 3 cases within 120 seconds."]
    settings.UNUSUAL_BURST_DECISIONS = 4
    assert findings(cast, "bursts") == []


def test_an_approval_of_what_a_rail_held_is_told_with_the_rail(cast: Cast) -> None:
    case = make_case(make_order(cast.a), cast.staff)
    with recorded(system("timer"), "Held.", "hold"):
        held = RefundCase.objects.get(pk=case.pk)
        held.held_because = "The buyer is on a risk hold."
        held.save()
    perform("approve", case_id=case.pk, actor=person(cast.staff))
    assert findings(cast, "rails") == [
        f"staff approved {case.number}, which was held for a person: The buyer is on a risk hold."
    ]


@pytest.mark.parametrize(("risk", "told"), [(Risk.HIGH, 1), (Risk.LOW, 0)])
def test_high_risk_in_full_is_told(cast: Cast, risk: Risk, told: int) -> None:
    case = make_case(make_order(cast.a), cast.staff)
    rewrite(models.QuerySet(RefundCase).filter(pk=case.pk), risk=risk)
    perform("approve", case_id=case.pk, actor=person(cast.staff))
    part = make_case(make_order(cast.a), cast.staff)
    rewrite(models.QuerySet(RefundCase).filter(pk=part.pk), risk=risk)
    perform("approve", case_id=part.pk, actor=person(cast.staff), amount=Decimal("1.00"))
    assert len(findings(cast, "risk")) == told


def test_one_buyer_again_and_again_is_told(cast: Cast, settings: LazySettings) -> None:
    settings.UNUSUAL_SAME_BUYER = 2
    order = make_order(cast.a, (3, "20.00"))
    for _case in range(2):
        perform("approve", case_id=make_case(order, cast.staff).pk, actor=person(cast.staff))
    decided(person(cast.staff), cast.a)
    [sentence] = findings(cast, "buyers")
    assert sentence.startswith("staff approved 2 refunds to one buyer of Store A")


def test_somebody_s_first_hours_are_told(cast: Cast) -> None:
    case = decided(person(cast.staff), cast.a)
    [sentence] = findings(cast, "newcomers")
    assert f"staff decided {case.number}" in sentence
    later = clock.now() + timedelta(days=3)
    with mock.patch.object(timezone, "now", return_value=later):
        decided(person(cast.staff), cast.a)
        assert len(findings(cast, "newcomers")) == 1


def test_every_page_says_why_and_by_which_limits_and_that_nothing_was_found(
    client: Client, cast: Cast
) -> None:
    client.force_login(cast.auditor)
    assert len(questions()) == 9
    for asked in questions():
        page = reverse("admin:backoffice_changeentry_unusual_one", args=[asked.code])
        text = client.get(page, {"days": "30"}).content.decode()
        assert "Nothing of this kind happened in this period." in text, asked.code
        for limit in asked.limits():
            assert limit in text
    overview = client.get(reverse("admin:backoffice_changeentry_unusual")).content.decode()
    assert overview.count("desk-pill is-draft") == 9


@pytest.mark.usefixtures("still_clock")
def test_a_period_of_one_s_own_is_looked_at_and_no_other(client: Client, cast: Cast) -> None:
    with at(23, 30):
        night = decided(person(cast.staff), cast.a)
    catch_up()
    client.force_login(cast.auditor)
    page = reverse("admin:backoffice_changeentry_unusual_one", args=["hours"])
    yesterday = timezone.localtime(clock.now()).date() - timedelta(days=1)
    for back, told in ((0, True), (1, False)):
        day = (yesterday - timedelta(days=back)).isoformat()
        answer = client.get(page, {"since": day, "until": day})
        assert answer.status_code == 200
        assert (night.number in answer.content.decode()) == told, day
    for since, until, sentence in (
        ("2026-01-01", "2026-04-03", "Choose at most 92 days."),
        ("2026-04-03", "2026-04-01", "The period ends before it begins."),
        ("2026-04-03", "", "This field is required."),
    ):
        answer = client.get(page, {"since": since, "until": until})
        assert (answer.status_code, sentence in answer.content.decode()) == (400, True), sentence


def test_only_who_watches_over_history_is_told(client: Client, cast: Cast) -> None:
    overview = reverse("admin:backoffice_changeentry_unusual")
    for user, status in ((cast.auditor, 200), (cast.platform, 200), (cast.manager, 403), (cast.checker, 403)):  # fmt: skip
        client.force_login(user)
        assert client.get(overview).status_code == status
    assert client.get(f"{overview}hours/").status_code == 403
    client.force_login(cast.auditor)
    assert client.get(f"{overview}nonsense/").status_code == 404
    assert client.post(f"{overview}hours/").status_code == 405


def test_the_auditor_s_home_has_the_search_the_day_and_what_is_unusual(
    client: Client, cast: Cast
) -> None:
    decided(person(cast.staff), cast.a)
    catch_up()
    client.force_login(cast.auditor)
    text = client.get("/admin/").content.decode()
    for words in ("Who changed what?", "Today in history", "Unusual in the last 7 days", "How far history is proven", "Complete up to"):  # fmt: skip
        assert words in text, words
    client.force_login(cast.manager)
    assert "Today in history" not in client.get("/admin/").content.decode()


@pytest.mark.parametrize(
    ("page", "line"), [("unusual", "What is unusual"), ("changelist", "Search history")]
)
def test_one_line_of_the_menu_is_marked(cast: Cast, client: Client, page: str, line: str) -> None:
    client.force_login(cast.auditor)
    text = client.get(reverse(f"admin:backoffice_changeentry_{page}")).content.decode()
    (marked,) = re.findall(r'<a href="[^"]+" class="[^"]* active">(.*?)</a>', text, re.DOTALL)
    assert line in marked
