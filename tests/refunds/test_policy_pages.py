"""Changing a policy in the admin: prefilled, its difference shown, confirmed; and what is refused."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from refunds.models import RefundPolicy
from tests.access.forms import fields_of
from tests.cast import Cast
from tests.refunds.factories import make_case, make_order
from tests.refunds.policies import UNSHIPPED, Scope, change, common, now

pytestmark = pytest.mark.once  # every page is opened on PostgreSQL by tests/access/test_opening.py

ADD = reverse("admin:refunds_refundpolicy_add")
WHY = {"change_reason": "The season begins."}


def page(name: str, policy: RefundPolicy) -> str:
    return reverse(f"admin:refunds_refundpolicy_{name}", args=[policy.pk])


def filled(client: Client, address: str, **changed: Any) -> dict[str, Any]:
    """The form as the page fills it in, with what the person writes."""
    fields = fields_of(client.get(address).content.decode(), fill=False)
    return {**fields, **WHY, **changed}


@pytest.fixture
def platform(client: Client, cast: Cast) -> Client:
    client.force_login(cast.platform)
    return client


def test_a_new_version_is_shown_as_a_difference_and_then_confirmed(
    platform: Client, cast: Cast
) -> None:
    address = page("new_version", common())
    form = filled(platform, address, review_hours="12", stock_check_hours="6")
    preview = platform.post(address, form)
    shown = preview.content.decode()
    assert preview.status_code == 200
    assert "<del>24</del> → <ins>12</ins>" in shown
    assert "Pause: Stock is being checked" in shown
    assert "Hours to inspect" not in shown.split('<dl class="desk-changes">')[1]
    assert common().version == 1
    hidden = fields_of(shown, fill=False)
    done = platform.post(address, {**hidden, "confirm": "1"})
    new = common()
    assert done.headers["Location"] == page("change", new)
    assert (new.version, new.review_hours) == (2, 12)
    assert [(p.cause, p.hours) for p in new.pauses.all()] == [("stock_check", 6)]
    version = new.history.get()
    assert (version.history_user, version.history_change_reason) == (
        cast.platform,
        "The season begins.",
    )


def test_a_person_may_go_back_from_the_difference_and_change_more(platform: Client) -> None:
    address = page("new_version", common())
    form = filled(platform, address, review_hours="12")
    again = platform.post(address, {**form, "again": "1"})
    assert again.status_code == 200
    assert 'name="review_hours" value="12"' in again.content.decode()
    assert common().version == 1


def test_a_start_is_written_in_the_products_time_zone(platform: Client) -> None:
    address = page("new_version", common())
    form = filled(platform, address, review_hours="12", start="2099-12-01T08:00", confirm="1")
    platform.post(address, form)
    assert common().valid_from.isoformat() == "2099-12-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("start", "2020-01-01T08:00", "cannot start in the past"),
        ("start", "soon", "Enter a valid date"),
        ("review_hours", "24", "says the same as the version before it"),
        ("review_hours", "", "This field is required"),
        ("cost_bearer", "buyer", "must say who bears it"),
        ("evidence_times", "2", "Write how many hours this pause may last"),
        ("reject_codes", "R99", "Select a valid choice"),
        ("change_reason", "", "This field is required"),
    ],
)
def test_what_cannot_be_is_said_before_the_difference(
    platform: Client, field: str, value: str, sentence: str
) -> None:
    address = page("new_version", common())
    changed = {"review_hours": "12", field: value}
    for confirm in ({}, {"confirm": "1"}):
        answer = platform.post(address, {**filled(platform, address, **changed), **confirm})
        assert answer.status_code == 400
        assert sentence in answer.content.decode()
    assert common().version == 1


def test_a_stale_difference_is_not_confirmed(platform: Client, cast: Cast) -> None:
    address = page("new_version", common())
    form = filled(platform, address, review_hours="12", confirm="1")
    change(cast.platform, Scope(**UNSHIPPED), review_hours=7)
    answer = platform.post(address, form)
    assert answer.status_code == 400
    assert "Somebody else changed this" in answer.content.decode()
    assert common().review_hours == 7


def test_a_policy_for_fewer_cases_starts_from_the_wider_one(platform: Client, cast: Cast) -> None:
    address = f"{ADD}?from={common(stage='shipped').pk}"
    form = filled(platform, address, store=cast.a.pk, review_hours="6")
    assert (form["kind"], form["stage"]) == (["refund_only"], ["shipped"])
    shown = platform.post(address, form).content.decode()
    assert "<del>36</del> → <ins>6</ins>" in shown
    assert platform.post(address, {**form, "confirm": "1"}).status_code == 302
    own = RefundPolicy.objects.get(store=cast.a)
    assert (own.version, own.stage, own.review_hours) == (1, "shipped", 6)
    twice = platform.post(address, {**form, "review_hours": "5", "confirm": ""})
    assert twice.status_code == 400


def test_a_scope_that_has_a_policy_gets_a_version_instead(platform: Client) -> None:
    answer = platform.post(ADD, filled(platform, ADD, review_hours="5"))
    assert answer.status_code == 400
    assert "There is a policy for exactly these cases" in answer.content.decode()


def test_a_narrow_policy_is_ended_with_a_reason(platform: Client, cast: Cast) -> None:
    own = change(cast.platform, Scope(store_id=cast.a.pk, **UNSHIPPED))
    assert "End this policy" in platform.get(page("change", own)).content.decode()
    answer = platform.post(page("end", own), filled(platform, page("end", own)))
    assert answer.status_code == 302
    own.refresh_from_db()
    assert own.valid_until is not None
    assert own.history.latest().history_change_reason == "The season begins."
    assert "Ended by platform" in platform.get(page("change", own)).content.decode()


def test_the_end_of_a_base_policy_is_refused_with_a_sentence(platform: Client) -> None:
    assert "End this policy" not in platform.get(page("change", common())).content.decode()
    answer = platform.post(page("end", common()), filled(platform, page("end", common())))
    assert answer.status_code == 400
    assert "No other policy would rule after that" in answer.content.decode()


def test_a_policys_page_tells_its_versions_past_now_and_to_come(client: Client, cast: Cast) -> None:
    first = common()
    change(cast.platform, Scope(**UNSHIPPED), review_hours=12, reason="Faster.")
    change(cast.platform, Scope(**UNSHIPPED), start=now() + timedelta(days=9), reason="Peak.")
    client.force_login(cast.staff)
    shown = client.get(page("change", first)).content.decode()
    versions = shown.split("<h2>Versions</h2>")[1]
    marks = [versions.index(word) for word in ("Planned", "In force", "Past")]
    assert marks == sorted(marks)
    for word in ("Peak.", "Faster.", "Shipped with the product.", "<del>12</del> → <ins>5</ins>"):
        assert word in versions
    assert "New version" not in shown


def test_the_list_tells_which_are_in_force(client: Client, cast: Cast) -> None:
    planned = change(
        cast.platform, Scope(store_id=cast.a.pk, **UNSHIPPED), start=now() + timedelta(days=9)
    )
    client.force_login(cast.staff)
    address = reverse("admin:refunds_refundpolicy_changelist")
    for standing, there in (("planned", True), ("now", False), ("past", False)):
        shown = client.get(address, {"standing": standing}).content.decode()
        assert (page("change", planned) in shown) is there


@pytest.mark.parametrize("name", ["staff", "manager", "auditor", "finance"])
def test_others_read_policies_and_write_none(client: Client, cast: Cast, name: str) -> None:
    client.force_login(cast.people[name])
    own = change(cast.platform, Scope(store_id=cast.a.pk, **UNSHIPPED))
    assert client.get(page("change", own)).status_code == 200
    for address in (ADD, page("new_version", own), page("end", own)):
        assert client.get(address).status_code == 403
        assert client.post(address, {**WHY, "confirm": "1", "review_hours": 1}).status_code == 403
    assert own.history.count() == 1


def test_a_policy_of_a_foreign_store_is_not_there(client: Client, cast: Cast) -> None:
    own = change(cast.platform, Scope(store_id=cast.a.pk, **UNSHIPPED))
    client.force_login(cast.staff2)
    for name in ("change", "new_version", "end", "history"):
        assert client.get(page(name, own)).status_code == 404
    listed = client.get(reverse("admin:refunds_refundpolicy_changelist")).content.decode()
    assert page("change", own) not in listed


def test_the_case_page_names_its_version_and_leads_to_it(client: Client, cast: Cast) -> None:
    case = make_case(make_order(cast.a), cast.staff)
    change(cast.platform, Scope(**UNSHIPPED))
    client.force_login(cast.staff)
    shown = client.get(reverse("admin:refunds_refundcase_change", args=[case.pk])).content.decode()
    assert page("change", case.policy) in shown
    assert "Refund only · Not shipped · all stores" in shown
    assert "Version 1" in shown
