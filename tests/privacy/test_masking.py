"""Who sees a buyer's name and words in clear, who sees a mask, and what is put on record of looking."""

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from backoffice.actors import INSTALLER, person, system
from backoffice.audit.recording import recorded
from backoffice.privacy.models import SensitiveRead
from backoffice.privacy.reading import looking
from backoffice.privacy.sealed import MASK, Sealed
from merchants.models import Membership
from orders.models import Buyer
from refunds.models import Payout, RefundCase
from refunds.payouts import queueing
from refunds.payouts.routes import Way
from refunds.workflow import perform
from tests.cast import Cast
from tests.exporting.taking import content_of, made_for
from tests.privacy.reading import page, reads
from tests.refunds.factories import make_case, make_order

pytestmark = pytest.mark.once

NAME, WORDS, TEXT, SAID = (
    "Zhuang Yi-Ming",
    "The zip came off.",
    "Dear Zhuang, sorry.",
    "Nobody answers.",
)
PERSONAL = (NAME, WORDS, TEXT, SAID)
CLEAR = ("staff", "supervisor", "manager", "legal", "platform")
MASKED = ("finance", "checker", "auditor")


@pytest.fixture
def case(cast: Cast) -> RefundCase:
    """A case of a named buyer, with words of all kinds."""
    order = make_order(cast.a)
    with_name(order.buyer)
    case = make_case(order, cast.staff, reason_text=WORDS)
    perform("message", case_id=case.pk, actor=person(cast.staff), body=TEXT)
    return perform("complain", case_id=case.pk, actor=person(cast.staff), words=SAID)


def with_name(buyer: Buyer) -> None:
    """Give the buyer the marked name."""
    with recorded(system(INSTALLER), "The channel says so."):
        buyer.name = NAME
        buyer.save()


def pages_of(case: RefundCase) -> list[tuple[str, tuple[int, ...]]]:
    """Every page on which the case, its order or its buyer stands."""
    return [
        ("index", ()),
        ("refunds_refundcase_changelist", ()),
        ("refunds_refundcase_change", (case.pk,)),
        ("refunds_refundcase_history", (case.pk,)),
        ("refunds_complaint_changelist", ()),
        ("refunds_complaint_history", (case.complaints.get().pk,)),
        ("orders_order_changelist", ()),
        ("orders_order_change", (case.order_id,)),
        ("orders_order_history", (case.order_id,)),
    ]


@pytest.mark.parametrize("role", MASKED)
def test_no_page_of_a_case_shows_personal_data_to(
    client: Client, cast: Cast, case: RefundCase, role: str
) -> None:
    user = cast.people[role]
    for name, args in pages_of(case):
        text = page(client, user, name, *args)
        assert not [value for value in PERSONAL if value in text], name
        assert "sealed1:" not in text, name
    assert reads(user) == []
    text = page(client, user, "orders_order_change", case.order_id)
    assert case.order.buyer.code in text


@pytest.mark.parametrize("role", CLEAR)
def test_the_case_page_shows_all_of_it_and_says_so_once_to(
    client: Client, cast: Cast, case: RefundCase, role: str
) -> None:
    user = cast.people[role]
    text = page(client, user, "refunds_refundcase_change", case.pk)
    assert all(value in text for value in PERSONAL)
    [read] = reads(user)
    address = reverse("admin:refunds_refundcase_change", args=[case.pk])
    assert (read.page, read.reader_name, read.reason) == (address, user.username, "")
    shown = dict(read.rows)
    assert shown[f"orders.buyer {case.order.buyer_id}"] == ["name"]
    assert shown[f"refunds.message {case.messages.get().pk}"] == ["body"]
    assert read.values == sum(len(fields) for fields in shown.values())
    assert read.role
    assert len(read.request_id) == 32


def test_a_list_is_one_reading_whatever_its_length(client: Client, cast: Cast) -> None:
    for _n in range(4):
        make_case(make_order(cast.a), cast.staff)
    page(client, cast.staff, "refunds_refundcase_changelist")
    [read] = reads(cast.staff)
    assert read.values == 4


def test_who_sees_names_in_one_store_sees_masks_in_another(client: Client, cast: Cast) -> None:
    mine, theirs = make_order(cast.a), make_order(cast.b)
    with recorded(system(INSTALLER), "Also looks after the money of another store."):
        Membership.objects.create(user=cast.staff, role="finance", store=cast.b)
    text = page(client, cast.staff, "orders_order_changelist")
    with looking(cast.staff, "/"):
        assert str(mine.buyer) in text
        assert str(theirs.buyer) == theirs.buyer.code
    assert f"Buyer {theirs.buyer.code[6:]}<" not in text


@pytest.mark.parametrize(("role", "finds"), [("staff", True), ("auditor", False)])
def test_searching_for_a_name_finds_for_those_who_see_names(
    client: Client, cast: Cast, case: RefundCase, role: str, finds: bool
) -> None:
    for word in (NAME, "yi-ming"):
        for name in ("orders_order_changelist", "refunds_refundcase_changelist"):
            number = case.order.number if name.startswith("orders") else case.number
            client.force_login(cast.people[role])
            response = client.post(reverse(f"admin:{name}"), {"q": word}, follow=True)
            address = response.redirect_chain[0][0]
            assert word not in address
            text = response.content.decode()
            assert (number in text) == finds, (name, word)
            assert ("Nothing and nobody is called that." in text) is not finds


def test_a_name_is_not_asked_for_in_an_address(
    client: Client, cast: Cast, case: RefundCase
) -> None:
    for name in ("orders_order_changelist", "refunds_refundcase_changelist"):
        text = page(client, cast.staff, name)
        assert '<form id="changelist-search" x-data="searchForm()" method="post"' in text
        assert case.number not in page(client, cast.staff, name, q=NAME)
        client.force_login(cast.staff)
        form = {"q": case.order.number, "store__id__exact": cast.a.pk}
        response = client.post(reverse(f"admin:{name}"), form)
        assert response["Location"].endswith(f"?store__id__exact={cast.a.pk}&q={case.order.number}")


def test_an_export_of_who_was_found_by_name_does_not_keep_the_name(
    client: Client, cast: Cast, case: RefundCase
) -> None:
    client.force_login(cast.manager)
    found = client.post(reverse("admin:refunds_refundcase_changelist"), {"q": NAME})["Location"]
    query = found.partition("?")[2]
    assert query == f"buyer={case.order.buyer_id}"
    made = made_for(cast.manager, "refunds.refundcase", "csv", query)
    assert case.number in content_of(made).decode()
    client.force_login(cast.staff2)
    assert case.number not in client.get(found).content.decode()


def test_masked_data_are_uncovered_for_a_reason_and_for_this_row_only(
    client: Client, cast: Cast, case: RefundCase
) -> None:
    other = make_case(make_order(cast.a), cast.staff, reason_text="Another matter.")
    client.force_login(cast.auditor)
    address = reverse("admin:refunds_refundcase_uncover", args=[case.pk])
    refused = client.post(address, {"reason": "  "})
    assert refused.status_code == 400
    assert "Say why you need to see it." in refused.content.decode()
    assert client.get(address).status_code == 405
    client.post(address, {"reason": "Sampled for the yearly audit."})
    text = page(client, cast.auditor, "refunds_refundcase_change", case.pk)
    assert all(value in text for value in PERSONAL)
    assert "Sampled for the yearly audit." in text
    assert "Another matter." not in page(
        client, cast.auditor, "refunds_refundcase_change", other.pk
    )
    [read] = reads(cast.auditor)
    assert read.reason == "Sampled for the yearly audit."


def test_who_may_not_uncover_is_refused(client: Client, cast: Cast, case: RefundCase) -> None:
    client.force_login(cast.staff)
    address = reverse("admin:refunds_refundcase_uncover", args=[case.pk])
    assert client.post(address, {"reason": "I want to."}).status_code == 403


def test_finance_uncovers_where_a_payout_goes(client: Client, cast: Cast, case: RefundCase) -> None:
    perform("approve", case_id=case.pk, actor=person(cast.manager))
    account = Way(Payout.Method.BANK, "6222020200112233445", "Zhuang Yi-Ming", "102100099996")
    payout = queueing.redirect(
        payout_id=Payout.objects.get(case=case).pk,
        actor=person(cast.finance),
        way=account,
        note="The card was closed.",
    )
    assert account.destination not in page(client, cast.finance, "refunds_payout_change", payout.pk)
    address = reverse("admin:refunds_payout_uncover", args=[payout.pk])
    client.post(address, {"reason": "The bank asks for the account."})
    assert account.destination in page(client, cast.finance, "refunds_payout_change", payout.pk)
    [read] = reads(cast.finance)
    assert read.rows == [
        [f"refunds.payout {payout.pk}", ["destination", "payee"]],
        [f"orders.payment {payout.payment_id}", ["reference"]],
    ]


def test_auditors_read_who_read_what(client: Client, cast: Cast, case: RefundCase) -> None:
    page(client, cast.staff, "refunds_refundcase_change", case.pk)
    [read] = reads(cast.staff)
    assert "staff" in page(client, cast.auditor, "backoffice_sensitiveread_changelist")
    text = page(client, cast.auditor, "backoffice_sensitiveread_change", read.pk)
    assert read.page in text
    assert not [value for value in PERSONAL if value in text]
    client.force_login(cast.manager)
    assert client.get(reverse("admin:backoffice_sensitiveread_changelist")).status_code == 403


def test_what_is_on_record_stays(client: Client, cast: Cast, case: RefundCase) -> None:
    page(client, cast.staff, "refunds_refundcase_change", case.pk)
    rows = SensitiveRead.objects.all()
    for change in (lambda: rows.update(reason="none"), lambda: rows.delete()):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
    assert rows.count() == 1


def test_ciphertext_that_is_none_is_a_mask_and_no_error(cast: Cast, case: RefundCase) -> None:
    value = case.order.buyer.name
    with looking(cast.staff, "/") as look:
        assert str(Sealed(value.token[:-3])) == MASK
        assert str(Sealed(f"sealed1:{value.person}:{'A' * 30}")) == MASK
        assert str(Sealed(f"sealed1:999999:{'A' * 30}")) == "erased"
        assert look.values == 0
        assert str(value) == NAME
