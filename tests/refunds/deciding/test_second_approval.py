"""The second person above the limits: who it may be, and what voids the first approval."""

from decimal import Decimal

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from backoffice.actors import INSTALLER, person, system
from backoffice.audit.recording import recorded
from backoffice.exceptions import NotAllowed, NotFound, WrongState
from merchants.models import Membership
from refunds.models import Payout, RefundCase, RejectCode
from tests.cast import Cast
from tests.refunds.compensations import do, propose, row_of
from tests.refunds.deciding.alone import Type, decided_alone
from tests.refunds.factories import fetch, make_order

pytestmark = pytest.mark.once


@pytest.fixture
def waiting(cast: Cast) -> RefundCase:
    """Goodwill of 80 % that staff approved a first time."""
    case = propose(make_order(cast.a), cast.staff, Type.GOODWILL, "80.00")
    return do(case, cast.staff, "approve", note="A loyal buyer.")


def test_the_first_approval_is_kept_and_the_clock_runs_on(cast: Cast, waiting: RefundCase) -> None:
    case = fetch(waiting)
    assert (case.first_approver, case.first_amount) == (cast.staff, Decimal("80.00"))
    assert (case.state, case.due_at is not None, case.amount_approved) == ("requested", True, None)
    version = case.history.latest()
    assert (version.history_user, version.history_change_reason) == (cast.staff, "A loyal buyer.")


def test_another_person_with_a_higher_limit_decides(cast: Cast, waiting: RefundCase) -> None:
    do(waiting, cast.manager, "second_approve", note="Agreed.")
    case = fetch(waiting)
    assert (case.state, case.amount_approved) == ("reviewed", Decimal("80.00"))
    assert (case.first_approver, case.second_approver) == (cast.staff, cast.manager)
    assert Payout.objects.get(case=case).amount == Decimal("80.00")
    version = case.history.latest()
    assert (version.action, version.history_user, version.history_change_reason) == (
        "second_approve",
        cast.manager,
        "Agreed.",
    )


@pytest.mark.parametrize(
    ("who", "refusal", "sentence"),
    [
        ("supervisor", NotAllowed, "higher limit"),
        ("legal", NotAllowed, "Your role may not"),
        ("platform", NotAllowed, "Your role may not"),
        ("staff", NotAllowed, "Another person"),
        ("finance", NotAllowed, "Your role"),
        ("staff2", NotFound, "no such record"),
    ],
)
def test_nobody_else_gives_the_second(
    cast: Cast, waiting: RefundCase, client: Client, who: str, refusal: type, sentence: str
) -> None:
    before = fetch(waiting).history.count()
    with pytest.raises(refusal, match=sentence):
        do(waiting, cast.people[who], "second_approve")
    client.force_login(cast.people[who])
    url = reverse("admin:refunds_refundcase_do", args=[waiting.pk, "second_approve"])
    assert client.post(url, {"version": waiting.version}).status_code == refusal.status
    assert fetch(waiting).history.count() == before


def test_the_same_person_never_counts_twice(cast: Cast, waiting: RefundCase) -> None:
    with recorded(system(INSTALLER), "For a test."):
        Membership.objects.create(user=cast.staff, role="supervisor", store=cast.a)
    staff = type(cast.staff).objects.get(pk=cast.staff.pk)
    with pytest.raises(NotAllowed, match="Another person"):
        do(waiting, staff, "second_approve")
    do(waiting, staff, "approve")
    assert not decided_alone(waiting)


def test_the_database_knows_two_people_from_one(cast: Cast, waiting: RefundCase) -> None:
    case = fetch(waiting)
    case.second_approver = case.first_approver
    with pytest.raises(IntegrityError), recorded(person(cast.staff), "Past the service."):
        case.save()
    case = fetch(waiting)
    case.first_amount = None
    with pytest.raises(IntegrityError), recorded(person(cast.staff), "Past the service."):
        case.save()


def test_another_amount_voids_the_first_approval(cast: Cast, waiting: RefundCase) -> None:
    do(waiting, cast.supervisor, "approve", amount=Decimal("70.00"))
    case = fetch(waiting)
    assert (case.first_approver, case.first_amount) == (cast.supervisor, Decimal("70.00"))
    do(waiting, cast.supervisor, "approve", amount=Decimal("30.00"))  # within their own limit
    case = fetch(waiting)
    assert (case.state, case.first_approver, case.amount_approved) == ("reviewed", None, 30)
    assert row_of(case).amount == 30


def test_what_moves_the_case_voids_the_first_approval(cast: Cast, waiting: RefundCase) -> None:
    code = RejectCode.objects.get(code="R05")
    do(waiting, cast.supervisor, "reject", code=code, note="The window is over.")
    case = fetch(waiting)
    assert (case.state, case.first_approver, case.first_amount) == ("rejected", None, None)


def test_approving_the_same_amount_is_the_second_approval(cast: Cast, waiting: RefundCase) -> None:
    do(waiting, cast.manager, "approve")
    case = fetch(waiting)
    assert (case.state, case.second_approver) == ("reviewed", cast.manager)


def test_nothing_waits_twice(cast: Cast, waiting: RefundCase) -> None:
    do(waiting, cast.manager, "second_approve")
    with pytest.raises(WrongState):
        do(waiting, cast.manager2, "second_approve")
