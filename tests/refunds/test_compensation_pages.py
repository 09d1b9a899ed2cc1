"""Compensation and second approvals, used through the admin."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from backoffice.actors import INSTALLER, system
from backoffice.audit.recording import recorded
from refunds.models import Compensation, CompensationLimit, Payout, Reason, RefundCase, State
from tests.cast import Cast
from tests.refunds.compensations import do, propose, row_of
from tests.refunds.factories import fetch, make_order

pytestmark = pytest.mark.once  # every page is opened on PostgreSQL by tests/access/test_opening.py

Type = Compensation.Type
BULK = reverse("admin:refunds_refundcase_approve_many")


def page(case: RefundCase) -> str:
    return reverse("admin:refunds_refundcase_change", args=[case.pk])


def act(case: RefundCase, action: str) -> str:
    return reverse("admin:refunds_refundcase_do", args=[case.pk, action])


def words(client: Client, address: str) -> str:
    """A page's text, its white space as a reader sees it."""
    return " ".join(client.get(address).content.decode().split())


@pytest.fixture
def waiting(cast: Cast) -> RefundCase:
    """Goodwill of 80 % that staff approved a first time."""
    case = propose(make_order(cast.a), cast.staff, Type.GOODWILL, "80.00")
    return do(case, cast.staff, "approve")


def test_staff_open_statutory_damages_by_the_form(client: Client, cast: Cast) -> None:
    order = make_order(cast.a, (2, "50.00"))
    client.force_login(cast.staff)
    form = {
        "kind": "compensation",
        "compensation_type": Type.FOOD,
        "loss": "400.00",
        "bearer": "supplier",
        "reason": Reason.objects.get(code="O01").pk,
        "reason_text": "Mould in the tea.",
        f"line_{order.lines.get().pk}": "1",
    }
    response = client.post(reverse("admin:refunds_refundcase_open", args=[order.pk]), form)
    assert response.status_code == 302
    row = Compensation.objects.get()
    assert (row.amount, row.bearer, row.loss) == (Decimal(1200), "supplier", Decimal(400))
    text = words(client, page(row.case))
    assert "3 × the loss of ¥400.00 is ¥1,200.00." in text
    assert "dialog-approve" not in text


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"kind": "compensation"}, "Choose what is given."),
        ({"kind": "refund_only", "compensation_type": "coupon"}, "Only the kind"),
        (
            {"kind": "compensation", "compensation_type": "coupon", "amount": "500.00"},
            "At most ¥100.00 may be given here",
        ),
    ],
)
def test_a_form_that_makes_no_sense_says_why(
    client: Client, cast: Cast, form: dict[str, str], sentence: str
) -> None:
    order = make_order(cast.a)
    client.force_login(cast.staff)
    response = client.post(
        reverse("admin:refunds_refundcase_open", args=[order.pk]),
        {"reason": Reason.objects.get(code="S02").pk, **form},
    )
    assert (response.status_code, sentence in response.content.decode()) == (400, True)
    assert not order.cases.exists()


def test_the_page_says_who_approved_and_who_is_asked(
    client: Client, cast: Cast, waiting: RefundCase
) -> None:
    client.force_login(cast.staff)
    text = words(client, page(waiting))
    assert "Approved by staff up to ¥80.00." in text
    assert "It waits for a second approval." in text
    assert "Another person has to give it: Store manager." in text
    assert "dialog-second_approve" not in text
    client.force_login(cast.manager)
    assert "dialog-second_approve" in words(client, page(waiting))


def test_the_dialog_says_that_a_second_person_is_needed(client: Client, cast: Cast) -> None:
    case = propose(make_order(cast.a), cast.staff, Type.GOODWILL, "80.00")
    client.force_login(cast.staff)
    form = {"version": 1, "amount": "80.00", "note": "A loyal buyer."}
    response = client.post(act(case, "approve"), form, follow=True)
    assert "A second person has to approve it too." in response.content.decode()
    assert fetch(case).state == State.REQUESTED
    client.force_login(cast.manager)
    form = {"version": fetch(case).version, "note": "Agreed."}
    response = client.post(act(case, "second_approve"), form, follow=True)
    assert "The second approval is by manager." in " ".join(response.content.decode().split())
    assert Payout.objects.get(case=case).amount == Decimal("80.00")


def test_a_stale_second_approval_changes_nothing(
    client: Client, cast: Cast, waiting: RefundCase
) -> None:
    do(waiting, cast.staff, "approve", amount=Decimal("70.00"))
    client.force_login(cast.manager)
    response = client.post(act(waiting, "second_approve"), {"version": waiting.version - 1})
    assert response.status_code == 409
    assert fetch(waiting).state == State.REQUESTED


def test_bulk_approval_says_what_waits(client: Client, cast: Cast) -> None:
    with_limit = CompensationLimit.objects.get(role="manager")
    with recorded(system(INSTALLER), "For a test."):
        with_limit.amount = Decimal(20)
        with_limit.save()
    small, large = (
        propose(make_order(cast.a), cast.staff, Type.GOODWILL, amount)
        for amount in ("20.00", "20.01")
    )
    client.force_login(cast.manager)
    cases = [f"{case.pk}-{case.version}" for case in (small, large)]
    response = client.post(BULK, {"case": cases, "confirm": "2", "note": "Looked at both."})
    context = response.context
    assert (context["done"], context["waiting"], context["refused"]) == (1, 1, 0)
    assert "waits for a second approval" in response.content.decode()
    assert [fetch(case).state for case in (small, large)] == ["reviewed", "requested"]


def test_the_home_page_lists_it_for_those_who_may(
    client: Client, cast: Cast, waiting: RefundCase
) -> None:
    statutory = propose(make_order(cast.a), cast.staff, Type.FRAUD, quantity=1)
    advance = propose(make_order(cast.a), cast.staff, Type.ADVANCE, "60.00")
    shown = {
        "manager": {"Waiting for your second approval": waiting},
        "legal": {"Damages to approve": statutory},
        "platform": {"Advance compensation to decide": advance},
        "supervisor": {},
        "staff": {},
    }
    titles = {title for panels in shown.values() for title in panels}
    for who, panels in shown.items():
        client.force_login(cast.people[who])
        text = client.get(reverse("admin:index")).content.decode()
        assert {title for title in titles if title in text} == set(panels), who
        for case in panels.values():
            assert case.number in text


def test_what_was_given_is_recorded_by_its_reference_alone(client: Client, cast: Cast) -> None:
    case = propose(make_order(cast.a), cast.staff, Type.POINTS, "5.00")
    do(case, cast.staff, "approve")
    client.force_login(cast.staff)
    assert 'name="type"' not in client.get(act(case, "give")).content.decode()
    response = client.post(
        act(case, "give"),
        {"version": fetch(case).version, "type": "coupon", "reference": "P-1", "note": ""},
    )
    assert response.status_code == 302
    assert (row_of(case).type, row_of(case).reference) == (Type.POINTS, "P-1")


def test_the_platform_changes_limits_with_a_reason(client: Client, cast: Cast) -> None:
    row = CompensationLimit.objects.get(role="staff")
    address = reverse("admin:refunds_compensationlimit_change", args=[row.pk])
    form = {"percent": "20", "amount": "80", "cap_percent": "120", "change_reason": "More trust."}
    client.force_login(cast.manager)
    assert client.post(address, form).status_code == 405
    client.force_login(cast.platform)
    assert client.post(address, form).status_code == 302
    row.refresh_from_db()
    assert (row.role, row.percent, row.amount, row.cap_percent) == ("staff", 20, 80, 120)
    version = row.history.latest()
    assert (version.history_user, version.history_change_reason) == (cast.platform, "More trust.")
    for wrong in ({"percent": "101"}, {"amount": "-1"}, {"cap_percent": ""}, {"percent": "x"}):
        assert client.post(address, {**form, **wrong}).status_code == 200
    row.refresh_from_db()
    assert row.percent == 20
