"""A payout's page: who sees where the money goes, and sends it another way."""

from typing import Any

from django.test import Client
from django.urls import reverse

from backoffice.actors import person
from refunds.batches.building import build
from refunds.batches.files import export
from refunds.batches.handed_out import opened
from refunds.models import Kind, Payout
from refunds.payouts.queueing import redirect
from tests.cast import Cast
from tests.refunds.factories import make_case, make_order
from tests.refunds.money import release
from tests.refunds.payouts.approved import ACCOUNT, approved


def url(name: str, *args: Any) -> str:
    return reverse(f"admin:refunds_payout_{name}", args=args)


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
