"""Sharing the work: claiming, giving back, assigning; merging duplicates; reopening in time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from backoffice.actors import INSTALLER, person, system
from backoffice.audit.recording import recorded
from backoffice.clock import now
from backoffice.exceptions import BadInput, NotAllowed, StaleVersion, WrongState
from backoffice.models import User
from merchants.models import Membership
from refunds.exceptions import RefundExceedsBalance
from refunds.models import Kind, Notice, RefundCase, RejectCode, State
from refunds.workflow import perform
from tests.cast import Cast
from tests.refunds.factories import fetch, make_case, make_order
from tests.refunds.files import photo

pytestmark = pytest.mark.once


@pytest.fixture
def case(cast: Cast) -> RefundCase:
    return make_case(make_order(cast.a), cast.staff)


@pytest.fixture
def colleague(cast: Cast) -> User:
    with recorded(system(INSTALLER), "For a test."):
        user = User.objects.create_user("colleague", first_name="Ana", last_name="Costa")
        Membership.objects.create(user=user, role="staff", store=cast.a)
    return user


def do(case: RefundCase, action: str) -> str:
    return reverse("admin:refunds_refundcase_do", args=[case.pk, action])


def act(case: RefundCase, user: User, action: str, **details: Any) -> RefundCase:
    return perform(action, case_id=case.pk, actor=person(user), **details)


def rejected(case: RefundCase, user: User) -> RefundCase:
    code = RejectCode.objects.get(code="R05")
    return act(case, user, "reject", code=code, note="Too late.")


# -- Claiming, giving back, assigning.


def test_a_claimed_case_shows_whose_it_is(client: Client, cast: Cast, case: RefundCase) -> None:
    client.force_login(cast.staff)
    assert client.post(do(case, "claim"), {"version": case.version}).status_code == 302
    case = fetch(case)
    assert case.assignee == cast.staff
    version = case.history.latest()
    assert (version.action, version.history_user) == ("claim", cast.staff)
    page = client.get(reverse("admin:refunds_refundcase_change", args=[case.pk])).content.decode()
    assert "Assigned to" in page


def test_of_two_people_who_claim_at_once_one_has_the_case(
    client: Client, cast: Cast, case: RefundCase, colleague: User
) -> None:
    act(case, cast.staff, "claim", version=case.version)
    with pytest.raises(StaleVersion):
        act(case, colleague, "claim", version=case.version)
    with pytest.raises(WrongState):
        act(case, colleague, "claim")
    assert fetch(case).assignee == cast.staff
    assert fetch(case).history.count() == 2


def test_a_case_is_given_back_by_who_has_it_or_by_who_assigns(
    client: Client, cast: Cast, case: RefundCase, colleague: User
) -> None:
    act(case, cast.staff, "claim")
    with pytest.raises(NotAllowed, match="works on this case"):
        act(case, colleague, "release")
    client.force_login(colleague)
    response = client.post(do(case, "release"), {"version": fetch(case).version})
    assert (response.status_code, fetch(case).assignee) == (403, cast.staff)
    act(case, cast.staff, "release")
    act(case, colleague, "claim")
    act(case, cast.supervisor, "release")
    assert fetch(case).assignee is None


def test_a_supervisor_assigns_and_the_colleague_is_told_once(
    client: Client, cast: Cast, case: RefundCase, colleague: User
) -> None:
    client.force_login(cast.supervisor)
    form = {"version": case.version, "colleague": colleague.pk, "note": "You know this buyer."}
    assert client.post(do(case, "assign"), form).status_code == 302
    assert fetch(case).assignee == colleague
    notice = Notice.objects.get()
    assert (notice.recipient, notice.kind, notice.case_id) == (colleague, "assigned", case.pk)
    assert fetch(case).history.latest().history_change_reason == "You know this buyer."
    with pytest.raises(BadInput, match="works on this case already"):
        act(case, cast.supervisor, "assign", colleague=colleague)
    act(case, cast.supervisor, "assign", colleague=cast.supervisor)
    assert Notice.objects.count() == 1  # nobody is told what they did themselves


@pytest.mark.parametrize("who", ["staff2", "finance", "auditor", "nobody", "platform"])
def test_a_case_is_assigned_only_to_who_may_decide_it(
    client: Client, cast: Cast, case: RefundCase, who: str
) -> None:
    client.force_login(cast.supervisor)
    form = {"version": case.version, "colleague": cast.people[who].pk}
    assert client.post(do(case, "assign"), form).status_code == 400
    with pytest.raises(BadInput, match="may not decide cases of this store"):
        act(case, cast.supervisor, "assign", colleague=cast.people[who])
    assert fetch(case).assignee is None
    assert not Notice.objects.exists()


def test_staff_may_not_assign(
    client: Client, cast: Cast, case: RefundCase, colleague: User
) -> None:
    client.force_login(cast.staff)
    form = {"version": case.version, "colleague": colleague.pk}
    assert client.post(do(case, "assign"), form).status_code == 403
    assert fetch(case).assignee is None


# -- Merging.


@pytest.fixture
def twice(cast: Cast) -> list[RefundCase]:
    """Two requests about the same order."""
    order = make_order(cast.a)
    return [make_case(order, cast.staff) for _ in range(2)]


def test_a_duplicate_ends_and_leads_to_the_case_that_goes_on(
    client: Client, cast: Cast, twice: list[RefundCase]
) -> None:
    main, duplicate = twice
    act(duplicate, cast.staff, "attach", file=photo("crack.jpg"))
    client.force_login(cast.supervisor)
    form = {"version": fetch(duplicate).version, "into": main.pk, "note": "Asked twice."}
    assert client.post(do(duplicate, "merge"), form).status_code == 302
    duplicate = fetch(duplicate)
    assert (duplicate.state, duplicate.merged_into) == (State.WITHDRAWN, main)
    assert (duplicate.due_at, duplicate.clock) == (None, "")
    version = duplicate.history.latest()
    assert (version.action, version.history_user) == ("merge", cast.supervisor)
    assert fetch(main).state == State.REQUESTED
    page = client.get(reverse("admin:refunds_refundcase_change", args=[main.pk])).content.decode()
    assert "crack.jpg" in page
    assert duplicate.number in page
    page = client.get(reverse("admin:refunds_refundcase_change", args=[duplicate.pk]))
    assert main.number in page.content.decode()


def test_what_led_to_a_duplicate_leads_on(cast: Cast) -> None:
    order = make_order(cast.a, (3, "50.00"))
    first, second, third = (make_case(order, cast.staff) for _ in range(3))
    act(second, cast.supervisor, "merge", into=first)
    act(first, cast.supervisor, "merge", into=third)
    assert [fetch(case).merged_into for case in (first, second)] == [third, third]
    assert fetch(second).history.latest().action == "merge"


def test_a_case_is_merged_into_another_of_its_order_only(
    client: Client, cast: Cast, twice: list[RefundCase]
) -> None:
    main, duplicate = twice
    elsewhere, foreign = (
        make_case(make_order(cast.a), cast.staff),
        make_case(make_order(cast.b), cast.staff2),
    )
    gone = act(main, cast.staff, "withdraw")
    still = make_case(main.order, cast.staff)
    client.force_login(cast.supervisor)
    for wrong in (duplicate, elsewhere, foreign, gone):
        form = {"version": duplicate.version, "into": wrong.pk}
        assert client.post(do(duplicate, "merge"), form).status_code == 400
        with pytest.raises(BadInput, match="another case of the same order"):
            act(duplicate, cast.supervisor, "merge", into=wrong)
    assert fetch(duplicate).state == State.REQUESTED
    act(duplicate, cast.supervisor, "merge", into=still)


def test_staff_may_not_merge_and_nothing_is_offered_without_another_case(
    client: Client, cast: Cast, twice: list[RefundCase], case: RefundCase
) -> None:
    client.force_login(cast.staff)
    form = {"version": twice[1].version, "into": twice[0].pk}
    assert client.post(do(twice[1], "merge"), form).status_code == 403
    with pytest.raises(WrongState):
        act(case, cast.supervisor, "merge", into=twice[0])
    assert fetch(twice[1]).merged_into is None


def test_a_merged_case_is_not_reopened(cast: Cast, twice: list[RefundCase]) -> None:
    main, duplicate = twice
    act(duplicate, cast.supervisor, "merge", into=main)
    with pytest.raises(WrongState):
        act(duplicate, cast.supervisor, "reopen", note="Again.")


# -- Reopening.


def test_a_withdrawn_case_is_reviewed_again_with_a_new_clock(
    client: Client, cast: Cast, case: RefundCase
) -> None:
    act(case, cast.staff, "withdraw")
    client.force_login(cast.supervisor)
    url, version = do(case, "reopen"), fetch(case).version
    assert client.post(url, {"version": version, "note": ""}).status_code == 400
    assert client.post(url, {"version": version, "note": "They do want it."}).status_code == 302
    case = fetch(case)
    assert (case.state, case.clock, case.closed_at) == (State.REQUESTED, "review", None)
    assert case.due_at > now() + timedelta(hours=case.policy.review_hours - 5)
    assert case.history.latest().history_change_reason == "They do want it."
    act(case, cast.staff, "approve")
    assert fetch(case).state == State.REVIEWED


def test_a_rejected_case_forgets_how_it_was_decided(cast: Cast, case: RefundCase) -> None:
    rejected(case, cast.staff)
    act(case, cast.supervisor, "reopen", note="The photo arrived.")
    case = fetch(case)
    assert (case.reject_code, case.amount_approved, case.decided_by) == (None, None, "")
    assert case.state == State.REQUESTED


def test_what_the_platform_dismissed_stays_so(client: Client, cast: Cast, case: RefundCase) -> None:
    rejected(case, cast.staff)
    act(case, cast.staff, "escalate", note="They insist.", claim="It is broken.")
    act(case, cast.platform, "dismiss", note="It is not.", grounds="It is not.", liable="buyer")
    with pytest.raises(WrongState):
        act(case, cast.supervisor, "reopen", note="Again.")
    client.force_login(cast.supervisor)
    assert (
        client.post(do(case, "reopen"), {"version": fetch(case).version, "note": "!"}).status_code
        == 409
    )


def test_staff_may_not_reopen(client: Client, cast: Cast, case: RefundCase) -> None:
    act(case, cast.staff, "withdraw")
    client.force_login(cast.staff)
    form = {"version": fetch(case).version, "note": "Please."}
    assert client.post(do(case, "reopen"), form).status_code == 403
    assert fetch(case).state == State.WITHDRAWN


@pytest.fixture
def received(cast: Cast) -> Iterator[RefundCase]:
    """Received in Shanghai on 1 March at half past midnight: in UTC it is still February."""
    arrival = datetime(2027, 2, 28, 16, 30, tzinfo=UTC)
    with time_machine.travel(arrival + timedelta(hours=5), tick=False):
        order = make_order(cast.a, shipped=arrival - timedelta(days=2), delivered=arrival)
        case = make_case(order, cast.staff, kind=Kind.REFUND_ONLY)
        yield act(case, cast.staff, "withdraw")


def test_the_window_counts_whole_days_of_the_store_from_the_day_after_receipt(
    cast: Cast, received: RefundCase
) -> None:
    assert received.policy.after_sale_days == 15
    last_moment = datetime(2027, 3, 16, 15, 59, 59, tzinfo=UTC)  # 16 March in Shanghai
    with time_machine.travel(last_moment + timedelta(seconds=1)), pytest.raises(WrongState):
        act(received, cast.supervisor, "reopen", note="Again.")
    with time_machine.travel(last_moment):
        act(received, cast.supervisor, "reopen", note="Again.")
    assert fetch(received).state == State.REQUESTED


def test_a_case_that_was_too_late_says_until_when(
    client: Client, cast: Cast, received: RefundCase
) -> None:
    with time_machine.travel(datetime(2027, 3, 20, tzinfo=UTC)):
        client.force_login(cast.supervisor)
        page = client.get(reverse("admin:refunds_refundcase_change", args=[received.pk]))
    assert "the last day for after-sale requests was 16 March 2027" in page.content.decode()


def test_a_reopened_case_has_to_fit_into_what_is_left(cast: Cast) -> None:
    order = make_order(cast.a, (1, "50.00"), freight="0.00")
    first = act(make_case(order, cast.staff), cast.staff, "withdraw")
    second = make_case(order, cast.staff)
    with pytest.raises(RefundExceedsBalance):
        act(first, cast.supervisor, "reopen", note="Both.")
    assert fetch(first).state == State.WITHDRAWN
    act(second, cast.staff, "withdraw")
    act(first, cast.supervisor, "reopen", note="That one.")
    assert fetch(first).amount_requested == Decimal("50.00")
