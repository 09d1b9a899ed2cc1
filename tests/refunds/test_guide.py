"""The public guide of a store: what it says follows from the policies, and nothing else leaks."""

import re
from datetime import time, timedelta
from html import unescape

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries

from backoffice.actors import person
from backoffice.audit.recording import recorded
from merchants.models import Merchant, Store, WorkingCalendar, WorkingHours
from refunds.models import Reason, RejectCode
from tests.cast import Cast
from tests.refunds.policies import UNSHIPPED, PauseTerm, Scope, change, now

pytestmark = pytest.mark.once  # PostgreSQL opens every page in tests/access/test_opening.py

MOST_QUERIES = 8


def text(client: Client, store: Store, language: str = "en") -> str:
    """What a reader of the page sees, with single spaces."""
    answer = client.get(reverse("guide_in", args=[store.code, language]))
    assert answer.status_code == 200
    plain = re.sub(r"<[^>]+>", " ", answer.content.decode().split("<body>")[1])
    return " ".join(unescape(plain).split())


def test_anybody_reads_it_without_signing_in(client: Client, cast: Cast) -> None:
    shown = text(client, cast.a)
    assert "Store A" in shown
    for sentence in (
        "Not shipped 24 hours If the store does not answer in time, your refund is approved.",
        "Shipped, not received 36 hours",
        "Received 48 hours If the store does not answer in time, a person is made to decide.",
        "up to 48 hours longer, once, while you are asked for proof",
        "Send the goods within 7 days",
        "checks the goods within 48 hours of their arrival, and at most 10 days after you sent them",
        "Ask within 15 days of receipt",
        "Time to do so 7 days",
        "goods made to your order",
    ):
        assert sentence in shown


def test_it_changes_with_the_policy(client: Client, cast: Cast) -> None:
    change(
        cast.platform,
        Scope(store_id=cast.a.pk, **UNSHIPPED),
        review_hours=7,
        at_deadline="person",
        pauses=[PauseTerm("evidence", 30, 2)],
        start=now() + timedelta(hours=1),
    )
    assert "Not shipped 24 hours" in text(client, cast.a)
    with time_machine.travel(now() + timedelta(hours=2)):
        shown = text(client, cast.a)
        assert "Not shipped 7 hours If the store does not answer in time, a person" in shown
        assert "up to 30 hours longer, at most 2 times, while you are asked for proof" in shown
        assert "Not shipped 24 hours" in text(client, cast.b)


def test_reasons_and_categories_with_their_own_times_are_named(client: Client, cast: Cast) -> None:
    assert "Where other times hold" not in text(client, cast.a)
    reason = Reason.objects.get(code="S02")
    change(cast.platform, Scope(reason_id=reason.pk, **UNSHIPPED), review_hours=2)
    change(cast.platform, Scope("exchange", category="Fresh food"), review_hours=3)
    shown = text(client, cast.a)
    assert "Not shipped in time Refund only Not shipped 2 hours" in shown
    assert "Fresh food Exchange At any time 3 hours" in shown


def test_every_reason_says_what_it_is_for_and_who_pays(client: Client, cast: Cast) -> None:
    shown = text(client, cast.a)
    assert "Changed mind Refund only · Return and refund · Exchange – You pay" in shown
    assert "Photo or video You pay nothing" in shown
    assert "Price record Nothing to send back" in shown
    with recorded(person(cast.platform), "Not in use."):
        gone = Reason.objects.get(code="C01")
        gone.active = False
        gone.save()
    assert "Changed mind" not in text(client, cast.a)


def test_a_store_whose_timer_is_off_promises_nothing_by_silence(client: Client, cast: Cast) -> None:
    with recorded(person(cast.platform), "Too many bad cases."):
        cast.a.auto_approval = False
        cast.a.save()
    shown = text(client, cast.a)
    assert "is approved" not in shown
    assert "your return is accepted" not in shown
    assert "is approved" in text(client, cast.b)


def test_the_law_of_another_country_is_not_promised(client: Client, cast: Cast) -> None:
    with recorded(person(cast.platform), "It sells elsewhere."):
        cast.a.currency = "EUR"
        cast.a.save()
    assert "By law you may return" not in text(client, cast.a)
    assert "By law you may return" in text(client, cast.b)


def test_it_tells_nothing_that_is_the_desks_own(client: Client, cast: Cast) -> None:
    with recorded(person(cast.platform), "Set up."):
        cast.a.return_address = "Ms Lin, 138 0000 0000, Warehouse 7"
        cast.a.return_instructions = "No freight collect."
        cast.a.save()
    change(
        cast.platform,
        Scope(store_id=cast.a.pk, **UNSHIPPED),
        auto_ceiling=1234,
        second_approval_above=5678,
    )
    page = client.get(reverse("guide", args=["a"])).content.decode()
    assert "No freight collect." in page
    codes = [*Reason.objects.values_list("code", flat=True)]
    codes += RejectCode.objects.values_list("code", flat=True)
    secrets = ["1234", "1,234", "2000", "5678", "Warehouse 7", "ACCT-A", "/admin/", "North Trading"]
    words = re.sub(r"<[^>]+>", " ", page)
    assert [code for code in codes if re.search(rf"\b{code}\b", words)] == []
    assert [secret for secret in secrets if secret in page] == []
    assert "csrfmiddlewaretoken" not in page
    assert "<script" not in page


@pytest.mark.parametrize("what", ["store", "merchant", "unknown", "language"])
def test_what_is_not_open_has_no_guide(client: Client, cast: Cast, what: str) -> None:
    with recorded(person(cast.platform), "Closed."):
        if what == "store":
            cast.a.active = False
            cast.a.save()
        if what == "merchant":
            merchant = Merchant.objects.get(pk=cast.merchant.pk)
            merchant.active = False
            merchant.save()
    address = {
        "unknown": "/guide/nowhere/",
        "language": reverse("guide_in", args=["a", "tlh"]),
    }.get(what, reverse("guide", args=["a"]))
    answer = client.get(address)
    assert answer.status_code == 404
    assert "There is no refund guide at this address" in answer.content.decode()


def test_it_is_kept_for_minutes_and_never_beyond_a_change(client: Client, cast: Cast) -> None:
    address = reverse("guide", args=["a"])
    answer = client.get(address)
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert {"Accept-Language", "Cookie"} <= set(answer.headers["Vary"].split(", "))
    assert not answer.cookies
    with time_machine.travel(now(), tick=False):
        start = now() + timedelta(seconds=40)
        change(cast.platform, Scope(**UNSHIPPED), start=start)
        assert client.get(address).headers["Cache-Control"] == "public, max-age=40"


def test_a_page_that_did_not_change_is_not_sent_again(client: Client, cast: Cast) -> None:
    with time_machine.travel(now(), tick=False):
        address = reverse("guide_in", args=["a", "en"])
        tag = client.get(address).headers["ETag"]
        assert client.get(address, headers={"if-none-match": tag}).status_code == 304
        assert client.post(address).status_code == 405


def test_each_language_has_its_own_address(client: Client, cast: Cast) -> None:
    english = client.get(reverse("guide_in", args=["a", "en"]))
    chinese = client.get(reverse("guide_in", args=["a", "zh-hans"]))
    assert english.headers["Content-Language"] == "en"
    assert chinese.headers["Content-Language"] == "zh-hans"
    assert '<html lang="zh-hans">' in chinese.content.decode()
    assert "质量问题" in chinese.content.decode()
    assert reverse("guide_in", args=["a", "zh-hans"]) in english.content.decode()
    asked = client.get(reverse("guide", args=["a"]), headers={"accept-language": "zh-CN"})
    assert asked.headers["Content-Language"] == "zh-hans"


def test_it_costs_a_handful_of_queries(
    client: Client, cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(12):
        change(cast.platform, Scope("exchange", category=f"Category {number}"), review_hours=9)
    with django_assert_max_num_queries(MOST_QUERIES):
        client.get(reverse("guide_in", args=["a", "en"]))


def test_the_stores_page_leads_to_it(client: Client, cast: Cast) -> None:
    client.force_login(cast.manager)
    page = client.get(reverse("admin:merchants_store_change", args=[cast.a.pk])).content.decode()
    assert reverse("guide", args=["a"]) in page


def test_a_store_that_keeps_hours_says_so(client: Client, cast: Cast) -> None:
    assert "The store's time runs around the clock." in text(client, cast.a)
    with recorded(person(cast.platform), "It keeps hours."):
        calendar = WorkingCalendar.objects.create(code="mondays", name="Mondays", country="CN")
        WorkingHours.objects.create(calendar=calendar, weekday=0, opens=time(9), closes=time(18))
        cast.a.calendar = calendar
        cast.a.save()
    shown = text(client, cast.a)
    assert "not on public holidays: Monday 09:00–18:00" in shown
    assert "around the clock" not in shown
