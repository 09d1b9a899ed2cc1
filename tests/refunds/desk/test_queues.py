"""Work queues, the way from case to case, hints and relatives: used through the admin."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from backoffice.actors import INSTALLER, person, system
from backoffice.audit.recording import recorded
from backoffice.clock import now
from refunds.admin.cases.following import FILTERS
from refunds.desk.queues import COUNTED, QUEUES
from refunds.models import FlaggedSku, Kind, RefundCase, Risk, RiskHold, State
from refunds.workflow import perform
from tests.cast import Cast
from tests.flushing import unguarded
from tests.refunds.disputes import appealed, disputed, upheld
from tests.refunds.factories import fetch, make_case, make_order
from tests.refunds.files import photo

pytestmark = pytest.mark.once

LIST = reverse("admin:refunds_refundcase_changelist")


def page(case: RefundCase, name: str = "change", filters: str = "") -> str:
    address = reverse(f"admin:refunds_refundcase_{name}", args=[case.pk])
    return f"{address}?{FILTERS}={quote(filters)}" if filters else address


def change(case: RefundCase, **fields: Any) -> RefundCase:
    """The case with other facts, as if they had come about."""
    with recorded(system(INSTALLER), "For a test."):
        case = fetch(case)
        for name, value in fields.items():
            setattr(case, name, value)
        case.save()
    return case


def listed(client: Client, **query: str) -> list[int]:
    return [row.pk for row in client.get(LIST, query).context["cl"].result_list]


@pytest.fixture
def cases(cast: Cast) -> list[RefundCase]:
    """Five cases, due one after the other."""
    made = [make_case(make_order(cast.a), cast.staff) for _ in range(5)]
    return [change(case, due_at=now() + timedelta(hours=n + 1)) for n, case in enumerate(made)]


def test_the_platform_finds_appeals_beside_disputes(client: Client, cast: Cast) -> None:
    """An appealed case is reviewed, or paid already; it waits for the platform all the same."""
    waiting = [disputed(cast), appealed(cast)]
    upheld(cast)
    client.force_login(cast.platform)
    assert sorted(listed(client, queue="disputed")) == [case.pk for case in waiting]


def test_the_home_page_leads_to_the_cases_that_it_counts(
    client: Client, cast: Cast, cases: list[RefundCase]
) -> None:
    change(cases[0], due_at=now() - timedelta(days=3))
    later = change(cases[1], due_at=now() + timedelta(hours=25))
    client.force_login(cast.staff)
    home = client.get(reverse("admin:index")).content.decode()
    assert f'href="{LIST}?due=day"' in home
    soon = listed(client, due="day")
    assert sorted([*soon, later.pk]) == sorted(case.pk for case in cases)
    assert len(listed(client, due="whenever")) == len(cases)
    assert "C01 · Changed mind" in home


def test_each_queue_holds_its_cases(client: Client, cast: Cast, cases: list[RefundCase]) -> None:
    mine, risky, held, *_rest = cases
    perform("claim", case_id=mine.pk, actor=person(cast.staff))
    change(risky, risk=Risk.HIGH)
    change(held, held_because="A rail stopped it.")
    returned = make_case(
        make_order(cast.a, shipped=now(), delivered=now()), cast.staff, kind=Kind.RETURN_REFUND
    )
    perform(
        "approve", case_id=returned.pk, actor=person(cast.staff), return_address="Store, Road 1"
    )
    make_case(make_order(cast.b), cast.staff2)
    perform("complain", case_id=held.pk, actor=person(cast.staff), words="Nobody answers.")
    client.force_login(cast.staff)
    assert listed(client, queue="mine") == [mine.pk]
    assert listed(client, queue="complaints") == [held.pk]
    assert listed(client, queue="risk") == [risky.pk]
    assert listed(client, queue="held") == [held.pk]
    assert listed(client, queue="buyer") == [returned.pk]
    assert listed(client, queue="due") == [case.pk for case in cases]
    assert set(listed(client, queue="unassigned")) == {case.pk for case in cases[1:]}
    tabs = client.get(LIST, {"queue": "mine"}).context["queue_tabs"]
    assert {str(tab["label"]): tab["count"] for tab in tabs} == {
        "Due next": 5, "My cases": 1, "Unassigned": 4, "High risk": 1, "Held for a person": 1,
        "Waiting for the buyer": 1, "Complaints": 1, "Disputed": 0, "Parcels to stop": 0,
    }  # fmt: skip
    assert [tab["label"] for tab in tabs if tab["current"]] == ["My cases"]


def test_cases_due_at_the_same_time_are_sorted_by_risk(
    client: Client, cast: Cast, cases: list[RefundCase]
) -> None:
    due = now() + timedelta(hours=1)
    for case, risk in zip(cases, ("low", "high", "medium", "low", "low"), strict=True):
        change(case, due_at=due, risk=risk)
    client.force_login(cast.staff)
    _low, high, medium, *_rest = cases
    assert listed(client, queue="due")[:2] == [high.pk, medium.pk]


def test_the_list_and_its_tabs_need_few_queries(
    client: Client, cast: Cast, cases: list[RefundCase], django_assert_max_num_queries: Any
) -> None:
    client.force_login(cast.supervisor)
    client.get(LIST)
    with django_assert_max_num_queries(16):
        client.get(LIST, {"queue": "due"})


def test_ten_thousand_chosen_cases_are_answered_with_a_sentence_and_none_is_loaded(
    client: Client, cast: Cast, cases: list[RefundCase], django_assert_max_num_queries: Any
) -> None:
    case = row = fetch(cases[0])
    with unguarded():  # ten thousand versions would only take time
        copies = [_copy(row, n) for n in range(10_000)]
        models.QuerySet(RefundCase).bulk_create(copies, batch_size=1000)
    client.force_login(cast.manager)
    for action in ("approve_chosen", "assign_chosen"):
        data = {"action": action, "_selected_action": [case.pk], "select_across": "1"}
        with django_assert_max_num_queries(12):
            response = client.post(LIST, data)
        assert response.status_code == 400
        assert "at most 200 cases at once" in response.content.decode()
    tabs = client.get(LIST).context["queue_tabs"]
    assert tabs[0]["count"] == f"{COUNTED - 1}+"
    with django_assert_max_num_queries(14):
        assert client.get(page(case, "next")).status_code == 302
    assert not RefundCase.objects.exclude(state=State.REQUESTED).exists()


def _copy(row: RefundCase, n: int) -> RefundCase:
    values = {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields}
    return RefundCase(**{**values, "id": None, "number": f"RC-{n:05}-COPY"})


# -- From case to case.


def test_next_and_previous_follow_the_queue(
    client: Client, cast: Cast, cases: list[RefundCase]
) -> None:
    client.force_login(cast.staff)
    first, second, third, *_rest, last = cases
    assert client.get(page(second, "next")).url == page(third)
    assert client.get(page(second, "previous")).url == page(first)
    assert client.get(page(last, "next")).url == f"{LIST}?queue=due"
    assert client.get(page(first, "previous")).status_code == 302
    assert client.post(page(first, "next")).status_code in (302, 405)


def test_next_keeps_the_filters_that_the_person_came_with(
    client: Client, cast: Cast, cases: list[RefundCase]
) -> None:
    client.force_login(cast.staff)
    for case in (cases[1], cases[3]):
        perform("claim", case_id=case.pk, actor=person(cast.staff))
    mine = "queue=mine&kind=refund_only"
    response = client.get(page(cases[1], "next", mine))
    assert response.url == page(cases[3], filters=mine)
    text = client.get(response.url).content.decode()
    assert "queue%3Dmine" in text
    assert client.get(page(cases[3], "next", mine)).url == f"{LIST}?{mine}"
    for nonsense in ("p=999999", "store=x", "q=%00", "kind__in=a&o=99", "queue=none", "=" * 50):
        assert client.get(page(cases[1], "next", nonsense)).status_code == 302


def test_the_next_case_is_offered_right_after_a_decision(
    client: Client, cast: Cast, cases: list[RefundCase]
) -> None:
    client.force_login(cast.staff)
    _first, second, third, *_rest = cases
    do = reverse("admin:refunds_refundcase_do", args=[second.pk, "approve"])
    filters = f"?{FILTERS}=queue%3Ddue"
    response = client.post(
        f"{do}{filters}", {"version": second.version, "amount": "50.00"}, follow=True
    )
    text = response.content.decode()
    assert fetch(second).state == State.REVIEWED
    assert f'href="{page(third, filters="queue=due")}"' in text.replace("&amp;", "&")
    assert (
        text.count(f"/refundcase/{third.pk}/change/") >= 2
    )  # in the message, and behind the key “n”
    assert 'data-key="n"' in text


def test_foreign_cases_are_neither_next_nor_a_place_to_start(
    client: Client, cast: Cast, cases: list[RefundCase]
) -> None:
    theirs = make_case(make_order(cast.b), cast.staff2)
    change(theirs, due_at=now() + timedelta(minutes=90))
    client.force_login(cast.staff)
    assert client.get(page(theirs, "next")).status_code == 404
    assert client.get(page(theirs, "previous")).status_code == 404
    assert client.get(page(cases[0], "next")).url == page(cases[1])


def test_every_key_presses_one_thing(client: Client, cast: Cast, cases: list[RefundCase]) -> None:
    client.force_login(cast.supervisor)
    text = client.get(page(cases[0])).content.decode()
    keys = re.findall(r'data-key="([^"]+)"', text)
    assert len(keys) == len(set(keys))
    assert set("nparmc?u") <= set(keys)
    for key in keys:
        assert f"<kbd>{key}</kbd>" in text


# -- What the page suggests.


def suggestion(client: Client, case: RefundCase) -> tuple[str, list[str]]:
    hint = client.get(page(case)).context["hint"]
    return hint.suggestion.value, [sign.words for sign in hint.signs]


def test_a_plain_case_is_suggested_for_approval(
    client: Client, cast: Cast, cases: list[RefundCase]
) -> None:
    client.force_login(cast.staff)
    found, words = suggestion(client, cases[0])
    assert found == "approve"
    assert "The goods have not left: their shipment can be stopped." in words


def test_missing_evidence_risk_watch_and_amount_are_told(client: Client, cast: Cast) -> None:
    case = make_case(make_order(cast.a, (1, "3000.00")), cast.staff, reason_code="Q01")
    client.force_login(cast.staff)
    found, words = suggestion(client, case)
    assert found == "ask"
    assert any("evidence is missing: Photo or video" in word for word in words)
    assert any("above the" in word for word in words)
    perform("attach", case_id=case.pk, actor=person(cast.staff), file=photo())
    with recorded(system(INSTALLER), "For a test."):
        RiskHold.objects.create(buyer=case.order.buyer, why="Empty parcels.")
        FlaggedSku.objects.create(store=cast.a, sku="SKU-1", why="Recall.")
    change(case, risk=Risk.HIGH)
    found, words = suggestion(client, case)
    assert found == "look"
    text = " ".join(words)
    for part in ("Empty parcels.", "SKU-1 is under watch: Recall.", "risk “High”"):
        assert part in text


def test_what_came_too_late_is_suggested_for_rejection(client: Client, cast: Cast) -> None:
    delivered = now() - timedelta(days=40)
    case = make_case(make_order(cast.a, shipped=delivered, delivered=delivered), cast.staff)
    client.force_login(cast.staff)
    assert suggestion(client, case)[0] == "reject"


def test_a_duplicate_is_seen_and_relatives_are_of_this_store_only(
    client: Client, cast: Cast
) -> None:
    order = make_order(cast.a)
    case, twin = make_case(order, cast.staff), make_case(order, cast.staff)
    same_article = make_case(make_order(cast.a), cast.staff)
    elsewhere = make_case(make_order(cast.b), cast.staff2)
    client.force_login(cast.staff)
    assert suggestion(client, case)[0] == "merge"
    response = client.get(page(case))
    groups = dict(response.context["relatives"])
    assert [row["case"].pk for row in groups["order"]] == [twin.pk]
    assert [row["case"].pk for row in groups["article"]] == [same_article.pk]
    assert elsewhere.number not in response.content.decode()


def test_a_hint_is_for_who_waits_for_a_decision_only(
    client: Client, cast: Cast, cases: list[RefundCase]
) -> None:
    perform("approve", case_id=cases[0].pk, actor=person(cast.staff))
    client.force_login(cast.staff)
    assert client.get(page(cases[0])).context["hint"] is None


def test_the_case_page_needs_as_many_queries_with_many_relatives(
    client: Client, cast: Cast
) -> None:
    case = make_case(make_order(cast.a), cast.staff)
    client.force_login(cast.supervisor)
    client.get(page(case))
    few = _queries(client, case)
    for _ in range(8):
        make_case(make_order(cast.a), cast.staff)
    assert _queries(client, case) <= few
    assert few <= 70


def _queries(client: Client, case: RefundCase) -> int:

    with CaptureQueriesContext(
        connection,
    ) as seen:
        client.get(page(case))
    return len(seen)


def test_every_queue_has_a_name_of_its_own() -> None:
    assert len({queue.name for queue in QUEUES}) == len(QUEUES)
