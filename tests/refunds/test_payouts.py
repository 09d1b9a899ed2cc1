"""Payouts: which way the money goes, who sees where to, and what finance may still change."""

import io
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse

from backoffice.actors import INSTALLER, person, system
from backoffice.audit.recording import recorded
from backoffice.clock import now
from backoffice.exceptions import BadInput, NotAllowed, NotFound, WrongState
from orders.models import Payment
from refunds.batches.building import build
from refunds.batches.drafts import add, remove, reopen, seal_draft
from refunds.batches.files import export
from refunds.batches.handed_out import opened
from refunds.ledger.checking import findings
from refunds.models import Kind, Payout, RefundBatch, RouteLimit
from refunds.payouts.queueing import cancel, redirect, retry
from refunds.payouts.routes import Way
from refunds.workflow import perform
from tests.cast import Cast
from tests.flushing import rewrite
from tests.personal import plain
from tests.refunds.compensations import propose
from tests.refunds.factories import fetch, make_case, make_order
from tests.refunds.money import (
    answer,
    apply,
    queue_payouts,
    release,
    rows_of,
    sealed_batch,
    sent_batch,
)

ACCOUNT = Way("bank", "6222 0200 0000 1234", "Lin Mei", "BKCHCNBJ")


def url(name: str, *args: Any) -> str:
    return reverse(f"admin:refunds_payout_{name}", args=args)


def approved(cast: Cast, pay_by: str = "", **order: Any) -> Payout:
    """The payout of a case that was approved with a way to pay it."""
    case = make_case(make_order(cast.a, (1, "50.00"), **order), cast.staff)
    perform("approve", case_id=case.pk, actor=person(cast.staff), pay_by=pay_by)
    return Payout.objects.get(case=case)


def age(payout: Payout, days: int) -> None:
    """The payment was made so long ago."""
    rewrite(QuerySet(Payment).filter(pk=payout.payment_id), paid_at=now() - timedelta(days=days))


def limit(**values: Any) -> None:
    """From today on other limits count."""
    with recorded(system(INSTALLER), "A limit for a test."):
        RouteLimit.objects.create(starts_on=now().date(), **values)


def test_the_approval_freezes_what_is_paid_how_and_by_whom(cast: Cast) -> None:
    payout = approved(cast)
    assert (payout.method, payout.channel, payout.purpose) == ("original", "card", "refund")
    assert (payout.payment, payout.approver) == (payout.case.order.payments.get(), cast.staff)
    assert (payout.destination, payout.reason) == (payout.payment.reference, "C01")


def test_a_compensation_is_paid_for_a_purpose_of_its_own(cast: Cast) -> None:
    case = propose(make_order(cast.a), cast.staff, "goodwill", "5.00")
    perform("approve", case_id=case.pk, actor=person(cast.staff))
    assert Payout.objects.get(case=case).purpose == "compensation"


def test_a_case_has_one_live_payout_per_purpose(cast: Cast) -> None:
    payout = approved(cast)
    same = {"case": payout.case, "amount": 1, "currency": "CNY"}
    with recorded(person(cast.finance), "A second one."):
        Payout.objects.create(**same, purpose="compensation")
        with pytest.raises(IntegrityError), transaction.atomic():
            Payout.objects.create(**same)


@pytest.mark.parametrize("pay_by", ["bank", "credit"])
def test_whoever_approves_chooses_how_it_is_paid(cast: Cast, pay_by: str) -> None:
    payout = approved(cast, pay_by)
    assert (payout.method, payout.channel) == (pay_by, "card")
    assert plain(payout.destination) == ("" if pay_by == "bank" else payout.case.order.buyer.code)


def test_the_choice_is_kept_until_the_second_person_approves(cast: Cast) -> None:
    case = make_case(make_order(cast.a, (1, "50.00")), cast.staff)
    rewrite(QuerySet(type(case.policy)).filter(pk=case.policy_id), second_approval_above=10)
    perform("approve", case_id=case.pk, actor=person(cast.staff), pay_by="credit")
    perform("second_approve", case_id=case.pk, actor=person(cast.supervisor))
    assert Payout.objects.get(case=case).method == "credit"


@pytest.mark.parametrize(("days", "method"), [(364, "original"), (366, "bank")])
def test_an_old_payment_is_paid_back_by_bank(cast: Cast, days: int, method: str) -> None:
    case = make_case(make_order(cast.a, (1, "50.00")), cast.staff)
    rewrite(QuerySet(Payment).filter(order=case.order), paid_at=now() - timedelta(days=days))
    perform("approve", case_id=case.pk, actor=person(cast.staff))
    assert Payout.objects.get(case=case).method == method


def test_a_payment_goes_back_in_so_many_parts_only(cast: Cast) -> None:
    limit(refunds=2, days=365)
    order = make_order(cast.a, (4, "10.00"))
    methods = []
    for _n in range(3):
        case = make_case(order, cast.staff)
        perform("approve", case_id=case.pk, actor=person(cast.staff))
        methods.append(Payout.objects.get(case=case).method)
    assert methods == ["original", "original", "bank"]


def test_no_more_goes_back_by_a_payment_than_it_was(cast: Cast) -> None:
    order = make_order(cast.a, (3, "50.00"), freight="0.00")
    rewrite(QuerySet(Payment).filter(order=order), amount=Decimal("120.00"))
    with recorded(system(INSTALLER), "The rest by voucher."):
        Payment.objects.create(
            order=order, reference="VOUCHER", method="voucher", amount=30, paid_at=now()
        )
    methods = []
    for _n in range(3):
        case = make_case(order, cast.staff)
        perform("approve", case_id=case.pk, actor=person(cast.staff))
        methods.append(Payout.objects.get(case=case).method)
    assert methods == ["original", "original", "bank"]
    with pytest.raises(BadInput, match=r"Only ¥20\.00 of this payment is left"):
        redirect(
            payout_id=Payout.objects.get(method="bank").pk,
            way=Way("original"),
            note="Try it.",
            actor=person(cast.finance),
        )


def test_what_became_too_much_for_its_payment_goes_into_no_batch(cast: Cast) -> None:
    order = make_order(cast.a, (2, "50.00"))
    for _n in range(2):
        case = make_case(order, cast.staff)
        perform("approve", case_id=case.pk, actor=person(cast.staff))
    first, second = Payout.objects.order_by("pk")
    rewrite(QuerySet(Payment).filter(order=order), amount=Decimal("60.00"))
    batch = build(store_id=cast.a.pk, currency="CNY", actor=person(cast.finance))
    assert rows_of(batch) == [first]
    with pytest.raises(WrongState, match=rf"{second}: Only ¥10\.00 of this payment is left"):
        build(
            store_id=cast.a.pk, currency="CNY", actor=person(cast.finance), payout_ids=[second.pk]
        )


def test_a_channel_has_its_own_limit(cast: Cast) -> None:
    limit(refunds=50, days=365)
    limit(channel="card", refunds=50, days=1)
    payout = approved(cast)
    age(payout, 2)
    with pytest.raises(BadInput, match="older than 1 days"):
        redirect(payout_id=payout.pk, way=Way("original"), note="Why.", actor=person(cast.finance))


def test_what_aged_while_it_waited_goes_into_no_batch(cast: Cast) -> None:
    old, fresh = queue_payouts(cast.a, cast.staff, "10.00", "20.00")
    age(old, 366)
    finance = person(cast.finance)
    with pytest.raises(WrongState, match="older than 365 days"):
        build(store_id=cast.a.pk, currency="CNY", actor=finance, payout_ids=[old.pk, fresh.pk])
    batch = build(store_id=cast.a.pk, currency="CNY", actor=finance)
    assert rows_of(batch) == [fresh]


def test_a_bank_transfer_waits_for_its_account(cast: Cast) -> None:
    payout = approved(cast, "bank")
    finance = person(cast.finance)
    with pytest.raises(WrongState):
        build(store_id=cast.a.pk, currency="CNY", actor=finance)
    with pytest.raises(IntegrityError, match="says_where"), transaction.atomic():
        QuerySet(Payout).filter(pk=payout.pk).update(batch=sealed_batch(cast))
    redirect(payout_id=payout.pk, way=ACCOUNT, note="The buyer wrote it.", actor=finance)
    batch = build(store_id=cast.a.pk, currency="CNY", actor=finance)
    payout = Payout.objects.get(pk=payout.pk)
    assert (batch.method, batch.channel, payout.batch) == ("bank", "", batch)
    assert (plain(payout.destination), plain(payout.payee)) == ("6222020000001234", "Lin Mei")


@pytest.mark.parametrize(
    ("way", "sentence"),
    [
        (Way("bank", "12"), "letters and digits"),
        (Way("bank", "=1+1+1+1", "Lin"), "letters and digits"),
        (Way("bank", "6222020000001234", "Lin", "X"), "BIC"),
        (Way("bank", "6222020000001234", "", "BKCHCNBJ"), "whose account"),
        (Way("bank", "6222020000001234", "Lin"), "no IBAN, so write its bank's BIC"),
        (Way("bank", "6222020000001234", "Lin", "12345678"), "BIC"),  # neither BIC nor CNAPS
        (Way("bank", "DE89 3704 0044 0532 0130 01", "Lin"), "check digits are wrong"),
        (Way("cash"), "Choose the original route"),
        (Way("original"), "goes there already"),
    ],
)
def test_an_impossible_way_is_refused(cast: Cast, way: Way, sentence: str) -> None:
    payout = approved(cast)
    with pytest.raises(BadInput, match=sentence):
        redirect(payout_id=payout.pk, way=way, note="Why.", actor=person(cast.finance))
    assert Payout.objects.get(pk=payout.pk).history.count() == 1


def test_one_batch_goes_one_way(cast: Cast) -> None:
    plain, credit = approved(cast), approved(cast, "credit")
    finance = person(cast.finance)
    first = build(store_id=cast.a.pk, currency="CNY", actor=finance)
    second = build(store_id=cast.a.pk, currency="CNY", actor=finance)
    assert (rows_of(first), rows_of(second)) == ([plain], [credit])
    assert (first.channel, second.method) == ("card", "credit")


def test_store_credit_is_given_at_the_release_with_its_entries(cast: Cast) -> None:
    payout = approved(cast, "credit")
    batch = build(store_id=cast.a.pk, currency="CNY", actor=person(cast.finance))
    release(batch_id=batch.pk, actor=person(cast.checker))
    payout = Payout.objects.get(pk=payout.pk)
    assert (payout.state, payout.case.state) == ("settled", "refunded")
    assert RefundBatch.objects.get(pk=batch.pk).state == "reconciled"
    assert set(payout.ledger.values_list("kind", flat=True)) == {"sent", "settled"}
    assert not list(findings())
    version = payout.case.history.latest()
    assert (version.actor_name, version.action) == ("rules", "refund")


def test_the_shop_gets_a_list_of_the_credit_that_was_given(client: Client, cast: Cast) -> None:
    payout = approved(cast, "credit")
    batch = build(store_id=cast.a.pk, currency="CNY", actor=person(cast.finance))
    finance = {"batch_id": batch.pk, "actor": person(cast.finance)}
    with pytest.raises(WrongState, match="Waiting for release"):
        export(**finance, file_format="csv")
    release(batch_id=batch.pk, actor=person(cast.checker))
    client.force_login(cast.finance)
    page = client.get(reverse("admin:refunds_refundbatch_change", args=[batch.pk]))
    assert b"Download CSV" in page.content
    assert b"Download pain.001" not in page.content
    first, second = (opened(export(**finance, file_format="csv")) for _time in range(2))
    assert first == second
    assert f"{payout.number},".encode() in first
    assert plain(payout.destination).encode() in first
    assert RefundBatch.objects.get(pk=batch.pk).state == "reconciled"
    assert payout.ledger.count() == 2
    versions = batch.history.filter(action="download")
    assert {version.history_change_reason for version in versions} == {
        "Listed for the shop, which keeps its buyers' credit."
    }
    assert versions.count() == 2
    with pytest.raises(WrongState, match="bank transfers only"):
        export(**finance, file_format="xml")
    assert "result_form" not in page.context or page.context["result_form"] is None
    result = reverse("admin:refunds_refundbatch_result", args=[batch.pk])
    refused = client.post(result, {"file": io.BytesIO(b"number,amount,currency,status\n")})
    assert refused.status_code == 409
    assert "no bank answers about it" in refused.content.decode()


def test_a_changed_destination_opens_the_sealed_batch_again(cast: Cast) -> None:
    payout = approved(cast, "bank")
    finance = person(cast.finance)
    redirect(payout_id=payout.pk, way=ACCOUNT, note="The buyer wrote it.", actor=finance)
    batch = build(store_id=cast.a.pk, currency="CNY", actor=finance)
    other = Way("bank", "DE89370400440532013000", "Lin Mei")
    redirect(payout_id=payout.pk, way=other, note="A typing error.", actor=finance)
    batch = RefundBatch.objects.get(pk=batch.pk)
    assert (batch.state, batch.sha256, rows_of(batch)) == ("draft", "", [payout])
    version = payout.history.latest()
    assert (version.history_user, version.history_change_reason, version.action) == (
        cast.finance,
        "A typing error.",
        "redirect",
    )
    with pytest.raises(WrongState):
        release(batch_id=batch.pk, actor=person(cast.checker))


def test_a_payout_that_goes_another_way_leaves_its_batch(cast: Cast) -> None:
    batch = sealed_batch(cast, "10.00", "20.00")
    first, second = rows_of(batch)
    redirect(payout_id=first.pk, way=ACCOUNT, note="Card closed.", actor=person(cast.finance))
    batch = RefundBatch.objects.get(pk=batch.pk)
    assert (batch.state, batch.count, rows_of(batch)) == ("draft", 1, [second])
    assert Payout.objects.get(pk=first.pk).batch is None


def test_what_was_released_goes_where_it_was_sent(cast: Cast) -> None:
    batch = sealed_batch(cast)
    (payout,) = rows_of(batch)
    release(batch_id=batch.pk, actor=person(cast.checker))
    with pytest.raises(WrongState, match="on its way"):
        redirect(payout_id=payout.pk, way=ACCOUNT, note="Late.", actor=person(cast.finance))


@pytest.mark.parametrize("name", ["staff", "manager", "checker", "auditor", "platform", "staff2"])
def test_only_finance_changes_or_cancels_a_payout(cast: Cast, name: str) -> None:
    payout = approved(cast)
    actor = person(getattr(cast, name))
    with pytest.raises((NotAllowed, NotFound)):
        redirect(payout_id=payout.pk, way=ACCOUNT, note="Forged.", actor=actor)
    with pytest.raises((NotAllowed, NotFound)):
        cancel(payout_id=payout.pk, note="Forged.", actor=actor)
    assert Payout.objects.get(pk=payout.pk).history.count() == 1


def test_a_cancelled_payout_makes_room_for_another(cast: Cast) -> None:
    payout = approved(cast)
    finance = person(cast.finance)
    with pytest.raises(BadInput, match="Say why"):
        cancel(payout_id=payout.pk, note=" ", actor=finance)
    cancel(payout_id=payout.pk, note="Paid in cash at the counter.", actor=finance)
    payout = Payout.objects.get(pk=payout.pk)
    assert (payout.state, fetch(payout.case).state) == ("cancelled", "reviewed")
    assert payout.history.latest().history_change_reason == "Paid in cash at the counter."
    fresh = retry(payout_id=payout.pk, actor=finance, way=ACCOUNT)
    assert (fresh.method, fresh.number != payout.number) == ("bank", True)
    assert (fresh.approver, fresh.reason) == (cast.staff, "C01")


def test_a_payout_in_a_batch_is_not_cancelled(cast: Cast) -> None:
    (payout,) = rows_of(sealed_batch(cast))
    with pytest.raises(WrongState, match="Take it out"):
        cancel(payout_id=payout.pk, note="Why.", actor=person(cast.finance))


def test_a_failed_payout_is_queued_again_another_way(cast: Cast) -> None:
    batch = sent_batch(cast, "50.00")
    (payout,) = rows_of(batch)
    apply(cast, batch, [answer(payout, "failed", "Account closed")])
    age(payout, 400)
    finance = person(cast.finance)
    with pytest.raises(BadInput, match="older than 365"):
        retry(payout_id=payout.pk, actor=finance)
    again = retry(payout_id=payout.pk, actor=finance, way=ACCOUNT)
    assert plain(again.destination).endswith("1234")


def test_the_maker_changes_a_draft_and_nobody_else(cast: Cast) -> None:
    first, second, third = queue_payouts(cast.a, cast.staff, "10.00", "20.00", "30.00")
    finance = person(cast.finance)
    rows = {"store_id": cast.a.pk, "currency": "CNY", "actor": finance}
    batch = build(**rows, payout_ids=[first.pk, second.pk], draft=True)
    assert (batch.state, batch.sha256) == ("draft", "")
    add(batch_id=batch.pk, payout_ids=[third.pk], actor=finance, note="One more.")
    remove(batch_id=batch.pk, payout_ids=[first.pk], actor=finance)
    with pytest.raises(WrongState, match="not in this batch"):
        remove(batch_id=batch.pk, payout_ids=[first.pk], actor=finance)
    with pytest.raises(NotAllowed):
        add(batch_id=batch.pk, payout_ids=[first.pk], actor=person(cast.checker))
    with pytest.raises(WrongState):
        release(batch_id=batch.pk, actor=person(cast.checker))
    sealed = seal_draft(batch_id=batch.pk, actor=finance)
    assert (sealed.count, sealed.total, sealed.state) == (2, Decimal("50.00"), "sealed")
    actions = list(batch.history.order_by("history_id").values_list("action", flat=True))
    assert actions == ["build", "add", "remove", "seal"]
    assert reopen(batch_id=batch.pk, actor=finance).state == "draft"
    remove(batch_id=batch.pk, payout_ids=[second.pk, third.pk], actor=finance)
    with pytest.raises(WrongState, match="empty"):
        seal_draft(batch_id=batch.pk, actor=finance)


def test_the_destination_is_masked_on_every_page(client: Client, cast: Cast) -> None:
    payout = approved(cast, "bank")
    finance = person(cast.finance)
    redirect(payout_id=payout.pk, way=ACCOUNT, note="The buyer wrote it.", actor=finance)
    batch = build(store_id=cast.a.pk, currency="CNY", actor=finance)
    pages = [
        url("changelist"),
        url("change", payout.pk),
        url("history", payout.pk),
        reverse("admin:refunds_refundcase_change", args=[payout.case_id]),
        reverse("admin:refunds_refundcase_history", args=[payout.case_id]),
    ]
    batch_page = reverse("admin:refunds_refundbatch_change", args=[batch.pk])
    for name, sees in (("staff", False), ("finance", True), ("checker", True), ("manager", False)):
        client.force_login(getattr(cast, name))
        text = "".join(client.get(page).content.decode() for page in [*pages, batch_page])
        assert "62220200" not in text, name
        assert "Lin Mei" not in text, name
        assert ("•••• 1234" in text) == sees, name
    release(batch_id=batch.pk, actor=person(cast.checker))
    kept = export(batch_id=batch.pk, actor=finance, file_format="csv")
    assert b"6222020000001234,Lin Mei,BKCHCNBJ" in opened(kept)


def test_finance_sends_a_payout_another_way_on_its_page(client: Client, cast: Cast) -> None:
    payout = approved(cast)
    client.force_login(cast.finance)
    page = client.get(url("change", payout.pk)).content.decode()
    assert "dialog-redirect" in page
    assert "dialog-cancel" in page
    do = url("do", payout.pk, "redirect")
    assert client.get(do).status_code == 200
    assert client.post(do, {"method": "bank", "note": "x"}).status_code == 400
    data = {
        "method": "bank",
        "destination": "6222020000001234",
        "payee": "Lin Mei",
        "bank_code": "BKCHCNBJ",
    }
    assert client.post(do, data).status_code == 400  # no reason
    assert client.post(do, {**data, "note": "Card closed."}).status_code == 302
    assert Payout.objects.get(pk=payout.pk).method == "bank"
    assert client.post(url("do", payout.pk, "cancel"), {"note": "Over."}).status_code == 302
    assert Payout.objects.get(pk=payout.pk).state == "cancelled"
    assert "dialog-redirect" not in client.get(url("change", payout.pk)).content.decode()


def test_the_approval_dialog_asks_how_the_money_is_paid(client: Client, cast: Cast) -> None:
    case = make_case(make_order(cast.a, (1, "50.00")), cast.staff)
    client.force_login(cast.staff)
    do = reverse("admin:refunds_refundcase_do", args=[case.pk, "approve"])
    assert "Store credit" in client.get(do).content.decode()
    client.post(do, {"version": case.version, "amount": "50.00", "pay_by": "credit"})
    assert Payout.objects.get(case=case).method == "credit"
    coupon = make_case(make_order(cast.a), cast.staff, kind=Kind.COMPENSATION, in_money=False)
    do = reverse("admin:refunds_refundcase_do", args=[coupon.pk, "approve"])
    assert "pay_by" not in client.get(do).content.decode()
