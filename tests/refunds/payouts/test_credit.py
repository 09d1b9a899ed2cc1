"""Store credit: given at the release of its batch."""

import io

import pytest
from django.test import Client
from django.urls import reverse

from backoffice.actors import person
from backoffice.exceptions import WrongState
from refunds.batches.building import build
from refunds.batches.files import export
from refunds.batches.handed_out import opened
from refunds.ledger.checking import findings
from refunds.models import Payout, RefundBatch
from tests.cast import Cast
from tests.personal import plain
from tests.refunds.money import release
from tests.refunds.payouts.approved import approved


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
