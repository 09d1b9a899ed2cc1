"""Giving many cases to a colleague at once."""

from django.test import Client
from django.urls import reverse

from backoffice.actors import person
from refunds.models import Notice, RefundCase
from refunds.workflow import perform
from tests.cast import Cast
from tests.refunds.factories import fetch, make_case, make_order

LIST = reverse("admin:refunds_refundcase_changelist")
ASSIGN = reverse("admin:refunds_refundcase_assign_many")


def chosen(cases: list[RefundCase], **form: object) -> dict[str, object]:
    return {"case": [f"{case.pk}-{case.version}" for case in cases], **form}


def test_the_preview_gives_nothing_and_offers_who_may_decide(client: Client, cast: Cast) -> None:
    cases = [make_case(make_order(cast.a), cast.staff) for _ in range(3)]
    over = perform("withdraw", case_id=cases[2].pk, actor=person(cast.staff))
    client.force_login(cast.supervisor)
    data = {"action": "assign_chosen", "_selected_action": [case.pk for case in cases]}
    response = client.post(LIST, data)
    assert response.context["left_out"] == 1
    offered = set(response.context["form"].fields["colleague"].queryset)
    assert offered == {cast.staff, cast.supervisor, cast.manager, cast.manager2}
    assert over.assignee is None
    assert all(fetch(case).assignee is None for case in cases)


def test_each_case_gets_its_own_result(client: Client, cast: Cast) -> None:
    good, stale = (make_case(make_order(cast.a), cast.staff) for _ in range(2))
    foreign = make_case(make_order(cast.b), cast.staff2)
    stale.version = 7
    client.force_login(cast.supervisor)
    form = chosen([good, stale, foreign], colleague=cast.staff.pk, note="Your shift.")
    response = client.post(ASSIGN, form)
    assert (response.context["done"], response.context["refused"]) == (1, 1)
    assert "Somebody else changed this" in response.content.decode()
    assert [fetch(case).assignee for case in (good, stale, foreign)] == [cast.staff, None, None]
    assert fetch(good).history.latest().history_change_reason == "Your shift."
    assert Notice.objects.get().recipient == cast.staff


def test_nobody_of_another_store_and_nobody_without_a_choice(client: Client, cast: Cast) -> None:
    case = make_case(make_order(cast.a), cast.staff)
    client.force_login(cast.supervisor)
    for colleague in (cast.staff2.pk, cast.finance.pk, "", "x", 10**30):
        assert client.post(ASSIGN, chosen([case], colleague=colleague)).status_code == 400
    assert client.post(ASSIGN, {"case": ["x", "1", "²-1"], "colleague": 1}).status_code == 400
    assert fetch(case).assignee is None


def test_staff_may_not_assign_many(client: Client, cast: Cast) -> None:
    case = make_case(make_order(cast.a), cast.staff)
    client.force_login(cast.staff)
    assert client.post(ASSIGN, chosen([case], colleague=cast.staff.pk)).status_code == 403
    data = {"action": "assign_chosen", "_selected_action": [case.pk]}
    client.post(LIST, data)
    assert "assign_chosen" not in client.get(LIST).content.decode()
    assert fetch(case).assignee is None


def test_more_than_a_person_can_look_at_is_refused(client: Client, cast: Cast) -> None:
    client.force_login(cast.supervisor)
    form = {"case": [f"{n}-1" for n in range(1, 202)], "colleague": cast.staff.pk}
    response = client.post(ASSIGN, form)
    assert response.status_code == 400
    assert "at most 200 cases at once" in response.content.decode()
