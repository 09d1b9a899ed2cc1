"""What the law exempts from the return without a reason is refused, with the law's words."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils.timezone import get_default_timezone, localtime

from backoffice.actors import INSTALLER, TIMER, person, system
from backoffice.audit.recording import recorded
from backoffice.clock import now
from backoffice.exceptions import NotAllowed
from merchants.models import Store
from orders.models import Order
from refunds.demo.pictures import picture
from refunds.exceptions import HeldForPerson
from refunds.exemptions.checking import ReturnExempt
from refunds.exemptions.writing import ExemptionRefused, add_exemption, end_exemption
from refunds.models import ExemptCategory, ExemptGround, Reason, RefundCase, State
from refunds.models.exemptions import ExemptionFixed
from refunds.sweep import expire_deadlines
from refunds.workflow import perform
from tests.cast import Cast
from tests.refunds.factories import fetch, make_case, make_order
from tests.refunds.requests.files import check, load, problems, row, table
from tests.refunds.test_guide import text

pytestmark = pytest.mark.once

FRESH, SEALED = "E02", "E03"
ADD = reverse("admin:refunds_exemptcategory_add")


def order_of(store: Store, category: str = "Cakes") -> Order:
    """An order that arrived, of one line of ``category``."""
    order = make_order(store, shipped=now(), delivered=now())
    with recorded(system(INSTALLER), "For a test."):
        line = order.lines.all()[0]
        line.category = category
        line.save()
    return order


def exempt(
    cast: Cast, code: str = FRESH, store: Store | None = None, category: str = "Cakes", **more: Any
) -> ExemptCategory:
    return add_exemption(
        category=category,
        ground=ExemptGround.objects.get(code=code),
        store=store,
        actor=person(cast.platform),
        reason="As the law says.",
        **more,
    )


def asked(cast: Cast, kind: str = "return_refund", reason: str = "C05", **more: Any) -> RefundCase:
    return make_case(order_of(cast.a), cast.staff, kind=kind, reason_code=reason, **more)


@pytest.mark.parametrize("reason", ["C01", "C02", "C03", "C04", "C05"])
def test_a_return_without_a_reason_is_refused_with_the_laws_words(cast: Cast, reason: str) -> None:
    exempt(cast)
    with pytest.raises(ReturnExempt) as refusal:
        asked(cast, reason=reason)
    assert str(refusal.value) == (
        "“Cakes” cannot be returned without a reason: fresh and perishable goods. The law says: “Fresh "
        "goods, and goods that spoil.” Choose the reason that names a fault, or the one that both have "
        "agreed."
    )
    assert not RefundCase.objects.exists()


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("return_refund", "Q01"),  # something is wrong with it
        ("return_refund", "N01"),  # both agreed
        ("refund_only", "C01"),  # nothing comes back
    ],
)
def test_what_is_no_return_without_a_reason_is_open(cast: Cast, kind: str, reason: str) -> None:
    exempt(cast)
    assert asked(cast, kind=kind, reason=reason).state == State.REQUESTED


def test_an_exchange_is_a_return_too(cast: Cast) -> None:
    exempt(cast)
    with pytest.raises(ReturnExempt):
        asked(cast, kind="exchange", reason="C05")


def test_another_category_store_or_time_is_not_exempt(cast: Cast) -> None:
    exempt(cast, store=cast.b)
    exempt(cast, category="Pies")
    exempt(cast, store=cast.a, valid_from=now() + timedelta(hours=1))
    assert asked(cast).state == State.REQUESTED
    with time_machine.travel(now() + timedelta(hours=2)):
        with pytest.raises(ReturnExempt):
            asked(cast)
        end_exemption(
            exemption_id=ExemptCategory.objects.get(store=cast.a).pk,
            actor=person(cast.platform),
            reason="No longer sold fresh.",
        )
        assert asked(cast).state == State.REQUESTED


def test_the_boundary_is_the_moment_of_the_request(cast: Cast) -> None:
    start = datetime(localtime().year + 1, 12, 1, tzinfo=get_default_timezone())
    exempt(cast, valid_from=start)
    with time_machine.travel(start - timedelta(microseconds=1), tick=False):
        early = asked(cast)
    with time_machine.travel(start, tick=False):
        with pytest.raises(ReturnExempt):
            asked(cast)
        perform("approve", case_id=early.pk, actor=person(cast.staff))  # asked for before
    assert fetch(early).state == State.AWAITING_RETURN


def test_what_depends_on_the_purchase_can_be_said_not_to_hold(client: Client, cast: Cast) -> None:
    exempt(cast, SEALED)
    order = order_of(cast.a)
    client.force_login(cast.staff)
    url = reverse("admin:refunds_refundcase_open", args=[order.pk])
    reason = client.get(url).context["form"].fields["reason"].queryset.get(code="C05")
    form = {"kind": "return_refund", "reason": reason.pk, f"line_{order.lines.all()[0].pk}": "1"}
    refused = client.post(url, form)
    assert refused.status_code == 400
    assert "Or say why this does not hold for this purchase." in refused.content.decode()
    said = {**form, "not_exempt_because": "The seal is whole, see the photo."}
    assert client.post(url, said).status_code == 302
    case = RefundCase.objects.get()
    assert case.not_exempt_because == "The seal is whole, see the photo."
    page = client.get(reverse("admin:refunds_refundcase_change", args=[case.pk])).content.decode()
    assert "The seal is whole, see the photo." in page
    perform("approve", case_id=case.pk, actor=person(cast.staff))
    assert fetch(case).state == State.AWAITING_RETURN


@pytest.mark.parametrize(
    ("ground", "why", "opened"),
    [(SEALED, "The seal is whole.", 1), (SEALED, "", 0), (FRESH, "It still looks good.", 0)],
    ids=["said", "not said", "cannot be said"],
)
def test_a_file_of_requests_can_say_it_too(cast: Cast, ground: str, why: str, opened: int) -> None:
    exempt(cast, ground)
    order = order_of(cast.a)
    request = {"kind": "return_refund", "reason": "C05", "not_exempt_because": why}
    run = load(cast.a, table(row(order, **request)))
    assert (run.counts["cases"], RefundCase.objects.count()) == (opened, opened)
    if opened:
        assert RefundCase.objects.get().not_exempt_because == why
    else:
        assert "cannot be returned without a reason" in run.problems.get().message


def test_what_does_not_depend_on_the_purchase_cannot(cast: Cast) -> None:
    exempt(cast, FRESH)
    with pytest.raises(ReturnExempt):
        asked(cast, not_exempt_because="It still looks good.")


def slipped(cast: Cast) -> RefundCase:
    """A case that is exempt, and was opened all the same."""
    with time_machine.travel(now() - timedelta(hours=1)):
        exempt(cast)
    case = asked(cast, reason="Q01")
    perform("attach", case_id=case.pk, actor=person(cast.staff), file=_photo(), party="buyer")
    case = fetch(case)
    with recorded(system(INSTALLER), "As an older version would have left it."):
        case.reason = Reason.objects.get(code="C05")
        case.save()
    return case


def _photo() -> Any:
    return picture("a.png", 1)


def test_it_is_not_approved_either_by_a_person_or_by_the_timer(cast: Cast) -> None:
    case = slipped(cast)
    with pytest.raises(ReturnExempt):
        perform("approve", case_id=case.pk, actor=person(cast.staff))
    with time_machine.travel(case.due_at, tick=False):
        with pytest.raises(HeldForPerson):
            perform("auto_approve", case_id=case.pk, actor=system(TIMER))
        expire_deadlines()
    case = fetch(case)
    assert case.state == State.REQUESTED
    assert case.held_because == "The law exempts these goods from returns without a reason."


def test_the_page_suggests_to_reject_it(client: Client, cast: Cast) -> None:
    case = slipped(cast)
    client.force_login(cast.staff)
    page = client.get(reverse("admin:refunds_refundcase_change", args=[case.pk])).content.decode()
    assert "cannot be returned without a reason" in page


def test_a_refund_is_not_turned_into_an_exempt_return(cast: Cast) -> None:
    exempt(cast)
    case = asked(cast, kind="refund_only", reason="C01")
    with pytest.raises(ReturnExempt):
        perform(
            "convert", case_id=case.pk, actor=person(cast.staff), kind="return_refund", agreed=True
        )
    assert fetch(case).kind == "refund_only"


def test_the_platform_exempts_a_category_by_the_page(client: Client, cast: Cast) -> None:
    client.force_login(cast.platform)
    ground = ExemptGround.objects.get(code=FRESH)
    form = {
        "category": " Cakes ",
        "store": cast.a.pk,
        "ground": ground.pk,
        "change_reason": "Fresh.",
    }
    assert client.post(ADD, form).status_code == 302
    row = ExemptCategory.objects.get()
    assert (row.category, row.store, row.valid_until) == ("Cakes", cast.a, None)
    version = row.history.get()
    assert (version.history_user, version.history_change_reason, version.action) == (
        cast.platform,
        "Fresh.",
        "exemption.add",
    )
    twice = client.post(ADD, form)
    assert twice.status_code == 200
    assert "“Cakes” is exempt then already. End that exemption first." in twice.content.decode()
    end = {"valid_until_0": "2030-01-01", "valid_until_1": "00:00", "change_reason": "Enough."}
    page = reverse("admin:refunds_exemptcategory_change", args=[row.pk])
    assert client.post(page, end).status_code == 302
    row.refresh_from_db()
    assert row.valid_until is not None
    assert row.history.latest("history_id").action == "exemption.end"


@pytest.mark.parametrize("who", ["staff", "manager", "supervisor", "auditor", "legal"])
def test_nobody_else_exempts_anything(client: Client, cast: Cast, who: str) -> None:
    client.force_login(cast.people[who])
    assert client.get(ADD).status_code == 403
    assert client.get(reverse("admin:refunds_exemptcategory_changelist")).status_code == 200
    with pytest.raises(NotAllowed):
        add_exemption(
            category="Cakes",
            ground=ExemptGround.objects.get(code=FRESH),
            actor=person(cast.people[who]),
            reason="I want it.",
            store=cast.a,
        )


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"category": "  "}, "Write the category"),
        ({"valid_from": datetime.fromisoformat("2020-01-01T00:00:00+00:00")}, "in the past"),
    ],
)
def test_an_unsound_exemption_is_refused(cast: Cast, more: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ExemptionRefused, match=sentence):
        exempt(cast, **more)


def test_an_exemption_is_never_changed_and_holds_once_at_a_time(cast: Cast) -> None:
    row = exempt(cast)
    row.category = "Pies"
    with recorded(system(INSTALLER), "For a test."), pytest.raises(ExemptionFixed):
        row.save()
    again = ExemptCategory(category="Cakes", ground=row.ground, valid_from=now())
    with (
        pytest.raises(IntegrityError),
        transaction.atomic(),
        recorded(system(INSTALLER), "Past the service."),
    ):
        again.save()


def test_the_guide_names_the_grounds_and_the_stores_categories(client: Client, cast: Cast) -> None:
    shown = text(client, cast.a)
    assert "fresh and perishable goods Fresh goods, and goods that spoil." in shown
    assert "Cakes" not in shown
    exempt(cast, store=cast.a)
    assert "Here: Cakes" in text(client, cast.a)
    assert "Cakes" not in text(client, cast.b)
    chinese = text(client, cast.a, "zh-hans")
    assert "鲜活易腐商品" in chinese
    assert "鲜活易腐的商品，不适用七日无理由退货。" in chinese


def test_the_guide_is_kept_no_longer_than_until_the_next_exemption(
    client: Client, cast: Cast
) -> None:
    url = reverse("guide_in", args=[cast.a.code, "en"])
    with time_machine.travel(now(), tick=False):
        assert "max-age=300" in client.get(url)["Cache-Control"]
        exempt(cast, valid_from=now() + timedelta(seconds=60))
        assert "max-age=60" in client.get(url)["Cache-Control"]
    with time_machine.travel(now() + timedelta(seconds=61), tick=False):
        end = now() + timedelta(seconds=30)
        end_exemption(
            exemption_id=ExemptCategory.objects.get().pk,
            actor=person(cast.platform),
            reason="Enough.",
            end=end,
        )
        assert "max-age=30" in client.get(url)["Cache-Control"]


def test_the_laws_words_are_changed_by_the_platform_and_shown_everywhere(
    client: Client, cast: Cast
) -> None:
    ground = ExemptGround.objects.get(code=FRESH)
    client.force_login(cast.platform)
    page = reverse("admin:refunds_exemptground_change", args=[ground.pk])
    form = {
        "title": ground.title, "title_zh": ground.title_zh, "law": "As amended.", "law_zh": "修订后。",
        "active": "on", "change_reason": "The law was amended.",
    }  # fmt: skip
    assert client.post(page, form).status_code == 302
    assert "As amended." in text(client, cast.a)
    exempt(cast)
    with pytest.raises(ReturnExempt, match="As amended"):
        asked(cast)
    version = ExemptGround.objects.get(code=FRESH).history.latest("history_id")
    assert version.history_change_reason == "The law was amended."


def test_a_file_s_row_is_refused_in_the_same_words(cast: Cast) -> None:
    exempt(cast)
    order = order_of(cast.a)
    rows = [
        row(order, number="R1", kind="return_refund", reason="C05"),
        row(order, number="R2", kind="return_refund", reason="Q01"),
    ]
    found = problems(check(cast.a, table(*rows)))
    assert [(line, column) for line, column, _sentence in found] == [(2, "Reason code")]
    assert "The law says: “Fresh goods, and goods that spoil.”" in found[0][2]
