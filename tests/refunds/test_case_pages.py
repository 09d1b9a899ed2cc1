"""The case list and the case page, used through the admin."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from backoffice.clock import now
from refunds.models import Kind, Payout, RefundCase, RejectCode, State
from refunds.sweep import expire_deadlines
from tests.cast import Cast
from tests.exporting.taking import exported
from tests.refunds.factories import fetch, make_case, make_order

pytestmark = pytest.mark.once  # every page is opened on PostgreSQL by tests/access/test_opening.py

LIST = reverse("admin:refunds_refundcase_changelist")


def do(case: RefundCase, action: str) -> str:
    return reverse("admin:refunds_refundcase_do", args=[case.pk, action])


def page(case: RefundCase) -> str:
    return reverse("admin:refunds_refundcase_change", args=[case.pk])


@pytest.fixture
def case(cast: Cast) -> RefundCase:
    return make_case(make_order(cast.a), cast.staff, reason_text="The cup has a crack.")


def test_staff_approve_by_the_dialog(client: Client, cast: Cast, case: RefundCase) -> None:
    client.force_login(cast.staff)
    response = client.post(
        do(case, "approve"), {"version": 1, "amount": "30.00", "note": "Agreed."}
    )
    assert response.status_code == 302
    case = fetch(case)
    assert (case.state, str(case.amount_approved)) == (State.REVIEWED, "30.00")
    assert str(case.lines.get().amount_approved) == "30.00"
    version = case.history.latest()
    assert (version.history_user, version.history_change_reason) == (cast.staff, "Agreed.")


def test_a_stale_page_changes_nothing(client: Client, cast: Cast, case: RefundCase) -> None:
    client.force_login(cast.staff)
    client.post(do(case, "attach"), {"version": 1})
    response = client.post(do(case, "approve"), {"version": 0, "amount": "50.00"})
    assert response.status_code == 409
    assert "Somebody else changed this" in response.content.decode()
    assert fetch(case).state == State.REQUESTED


@pytest.mark.parametrize("amount", ["0", "-1", "50.01", "1e9", "abc", ""])
def test_an_impossible_amount_is_refused_with_a_sentence(
    client: Client, cast: Cast, case: RefundCase, amount: str
) -> None:
    client.force_login(cast.staff)
    response = client.post(do(case, "approve"), {"version": 1, "amount": amount})
    assert response.status_code == 400
    assert "desk-error" in response.content.decode() or "is-error" in response.content.decode()
    assert fetch(case).state == State.REQUESTED
    assert not Payout.objects.exists()


def test_a_rejection_needs_its_evidence(client: Client, cast: Cast) -> None:
    order = make_order(cast.a, shipped=now(), delivered=now())
    case = make_case(order, cast.staff, kind=Kind.RETURN_REFUND)
    client.force_login(cast.staff)
    code = RejectCode.objects.get(code="R01")
    response = client.post(
        do(case, "reject"), {"version": 1, "code": code.pk, "note": "Wrong item."}
    )
    assert "This needs evidence" in response.content.decode()
    assert fetch(case).state == State.REQUESTED


def test_only_a_manager_may_reject_for_abuse(client: Client, cast: Cast, case: RefundCase) -> None:
    code = RejectCode.objects.get(code="R07")
    form = {"version": 1, "code": code.pk, "note": "Third empty box this week."}
    client.force_login(cast.staff)
    assert "R07" not in client.get(do(case, "reject")).content.decode()
    assert client.post(do(case, "reject"), form).status_code == 403
    client.force_login(cast.manager)
    assert "R07" in client.get(do(case, "reject")).content.decode()
    assert client.post(do(case, "reject"), form).status_code == 302
    assert fetch(case).state == State.REJECTED


def test_the_page_says_what_the_person_may_do(client: Client, cast: Cast, case: RefundCase) -> None:
    client.force_login(cast.staff)
    text = client.get(page(case)).content.decode()
    assert "The cup has a crack." in text
    assert 'id="dialog-approve"' in text
    assert "goes to a person" not in text
    client.force_login(cast.auditor)
    text = client.get(page(case)).content.decode()
    assert text.count('id="dialog-') == 2  # to uncover what is masked, and its heading
    assert 'id="dialog-uncover"' in text
    assert "There is nothing for you to decide" in text


def test_the_diagram_marks_the_current_state(client: Client, cast: Cast, case: RefundCase) -> None:
    client.force_login(cast.staff)
    text = client.get(page(case)).content.decode()
    assert text.count("is-current") == 1
    assert 'aria-current="step"' in text


def test_the_case_page_takes_no_post(client: Client, cast: Cast, case: RefundCase) -> None:
    client.force_login(cast.staff)
    assert client.post(page(case), {"state": "refunded", "_save": "1"}).status_code == 405
    assert fetch(case).state == State.REQUESTED


def test_actions_of_the_timer_and_the_bank_are_not_on_any_url(
    client: Client, cast: Cast, case: RefundCase
) -> None:
    client.force_login(cast.platform)
    for action in (
        "auto_approve",
        "hold",
        "lapse",
        "auto_accept",
        "refund",
        "bounce",
        "no-such-thing",
    ):
        assert client.post(do(case, action), {"version": 1}).status_code == 404
    assert fetch(case).history.count() == 1


def test_the_list_counts_only_the_persons_own_cases(
    client: Client, cast: Cast, case: RefundCase
) -> None:
    make_case(make_order(cast.b), cast.staff2)
    client.force_login(cast.staff)
    response = client.get(LIST)
    assert [row.pk for row in response.context["cl"].result_list] == [case.pk]
    assert response.context["case_tabs"][0]["count"] == 1


def test_the_list_needs_few_queries_however_many_cases(
    client: Client, cast: Cast, django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    for _ in range(12):
        make_case(make_order(cast.a), cast.staff)
    client.force_login(cast.staff)
    client.get(LIST)
    with django_assert_max_num_queries(16):
        client.get(LIST)


def test_a_held_case_shows_why(client: Client, cast: Cast) -> None:
    order = make_order(cast.a, (1, "3000.00"))
    case = make_case(order, cast.staff)
    with time_machine.travel(case.due_at + timedelta(hours=1)):
        expire_deadlines()
    client.force_login(cast.staff)
    text = client.get(page(case)).content.decode()
    assert "above the policy&#x27;s ceiling" in text
    assert client.get(LIST, {"held": "1"}).context["cl"].result_count == 1


def test_the_timeline_reads_as_sentences(client: Client, cast: Cast, case: RefundCase) -> None:
    client.force_login(cast.staff)
    client.post(
        do(case, "approve"), {"version": 1, "amount": "50.00", "note": "The photo is clear."}
    )
    client.force_login(cast.auditor)
    text = client.get(reverse("admin:refunds_refundcase_history", args=[case.pk])).content.decode()
    assert "<del>Requested</del> → <ins>Reviewed</ins>" in text
    assert "The photo is clear." in text
    assert "Raw versions" in text
    assert (
        client.post(reverse("admin:refunds_refundcase_history", args=[case.pk])).status_code == 405
    )


def test_the_export_holds_only_visible_cases_and_no_formula(
    client: Client, cast: Cast, case: RefundCase
) -> None:
    make_case(make_order(cast.a), cast.staff, reason_text='=HYPERLINK("evil")')
    make_case(make_order(cast.b), cast.staff2, reason_text="FOREIGN")
    client.force_login(cast.manager)
    text = exported(client, "refunds.refundcase").decode()
    assert case.number in text
    assert "FOREIGN" not in text
    assert "'=HYPERLINK" in text


def test_each_action_has_one_button(client: Client, cast: Cast, case: RefundCase) -> None:
    """What decides nothing stands beside what it is about, and only there."""
    client.force_login(cast.supervisor)
    text = client.get(page(case)).content.decode()
    for action in ("approve", "assign", "message", "note", "attach"):
        assert text.count(f'data-opens="dialog-{action}"') == 1, action
