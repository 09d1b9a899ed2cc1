"""Approving many cases at once, safely."""

import pytest
from django.test import Client
from django.urls import reverse

from backoffice.actors import person
from refunds.bulk import MOST, TooMany, approve_many
from refunds.models import Payout, RefundCase, State
from refunds.workflow import perform
from tests.cast import Cast
from tests.refunds.factories import fetch, make_case, make_order
from tests.refunds.many import make_overdue
from tests.refunds.money import give_role

LIST = reverse("admin:refunds_refundcase_changelist")
BULK = reverse("admin:refunds_refundcase_approve_many")


def changed_rows() -> tuple[int, int]:
    """How often anything about cases or payouts was written."""
    return RefundCase.history.count(), Payout.history.count()


def choose(cases: list[RefundCase]) -> dict[str, object]:
    return {"action": "approve_chosen", "_selected_action": [case.pk for case in cases]}


def confirm(cases: list[RefundCase], **form: object) -> dict[str, object]:
    return {
        "case": [f"{case.pk}-{case.version}" for case in cases],
        "note": "Looked at all.",
        **form,
    }


def test_the_preview_shows_count_and_total_and_decides_nothing(client: Client, cast: Cast) -> None:
    cases = [make_case(make_order(cast.a), cast.staff) for _ in range(3)]
    client.force_login(cast.manager)
    text = client.post(LIST, choose(cases)).content.decode()
    assert "3 cases will be approved in full." in text
    assert "¥150.00" in text
    assert {fetch(case).state for case in cases} == {State.REQUESTED}


def test_the_preview_leaves_out_what_one_may_only_read(client: Client, cast: Cast) -> None:
    own, read = (
        make_case(make_order(cast.a), cast.staff),
        make_case(make_order(cast.b), cast.staff2),
    )
    give_role(cast, "manager", "staff", cast.b)
    client.force_login(cast.manager)
    response = client.post(LIST, choose([own, read]))
    assert [case for case, _amount in response.context["cases"]] == [own]
    assert response.context["left_out"] == 1


def test_each_case_gets_its_own_result(client: Client, cast: Cast) -> None:
    good, stale = (make_case(make_order(cast.a), cast.staff) for _ in range(2))
    foreign = make_case(make_order(cast.b), cast.staff2)
    stale.version = 7
    client.force_login(cast.manager)
    response = client.post(BULK, confirm([good, stale, foreign], confirm="3"))
    assert (response.context["done"], response.context["refused"]) == (1, 1)
    assert "Somebody else changed this" in response.content.decode()
    assert [fetch(case).state for case in (good, stale, foreign)] == [
        "reviewed",
        "requested",
        "requested",
    ]
    assert fetch(good).history.latest().history_change_reason == "Looked at all."
    assert Payout.objects.count() == 1


def test_the_count_has_to_be_typed(client: Client, cast: Cast) -> None:
    case = make_case(make_order(cast.a), cast.staff)
    client.force_login(cast.manager)
    for typed in ("", "2", "one"):
        assert client.post(BULK, confirm([case], confirm=typed)).status_code == 400
    assert fetch(case).state == State.REQUESTED


def test_nobody_approves_more_than_they_can_look_at(cast: Cast) -> None:
    with pytest.raises(TooMany):
        approve_many(
            looked_at=[(n, 1) for n in range(MOST + 1)], actor=person(cast.manager), note="All."
        )


def test_ten_thousand_chosen_rows_are_refused_in_a_sentence_by_the_list_and_by_the_page(
    client: Client, cast: Cast
) -> None:
    ids = make_overdue([cast.a], MOST + 1)
    rows = [*ids, *range(10**6, 10**6 + 10_000 - len(ids))]
    client.force_login(cast.manager)
    chosen = {"action": "approve_chosen", "_selected_action": rows}
    looked_at = {"case": [f"{pk}-1" for pk in rows], "note": "All.", "confirm": "10000"}
    before = changed_rows()
    for url, form in ((LIST, chosen), (BULK, looked_at)):
        response = client.post(url, form)
        assert response.status_code == 400
        assert "Choose at most 200 cases at once" in response.content.decode()
    assert changed_rows() == before


def test_who_approves_many_in_one_store_does_not_in_another_where_they_approve_one_by_one(
    client: Client, cast: Cast
) -> None:
    own = make_case(make_order(cast.a), cast.staff)
    client.force_login(give_role(cast, "manager", "staff", cast.a2))
    theirs = make_case(make_order(cast.a2), cast.manager)
    response = client.post(BULK, confirm([own, theirs], confirm="2"))
    assert (response.context["done"], response.context["refused"]) == (1, 1)
    assert fetch(theirs).state == State.REQUESTED
    perform("approve", case_id=theirs.pk, actor=person(cast.manager))


def test_staff_may_not_approve_many(client: Client, cast: Cast) -> None:
    case = make_case(make_order(cast.a), cast.staff)
    client.force_login(cast.staff)
    assert client.post(BULK, confirm([case], confirm="1")).status_code == 403
    client.post(LIST, choose([case]))
    assert fetch(case).state == State.REQUESTED


def test_garbage_is_answered_with_a_page(client: Client, cast: Cast) -> None:
    client.force_login(cast.manager)
    response = client.post(BULK, {"case": ["x", "1", "-", "²-1"], "confirm": "4", "note": "?"})
    assert response.status_code == 400
