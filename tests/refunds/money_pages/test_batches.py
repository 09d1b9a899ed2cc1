"""The pages of batches: built, released, made void, handed out – and forged requests."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from backoffice.actors import person
from refunds.batches.building import build
from refunds.models import BatchFile, Payout, RefundBatch, ResultImport
from tests.cast import Cast
from tests.refunds.money import give_role, queue_payouts, release, rows_of, sealed_batch, sent_batch
from tests.refunds.money_pages.visiting import sign_in, url

pytestmark = pytest.mark.once  # every page is opened on PostgreSQL by tests/access/test_opening.py


def test_finance_looks_at_the_rows_and_builds_a_batch(client: Client, cast: Cast) -> None:
    first, second = queue_payouts(cast.a, cast.staff, "50.00", "20.00")
    sign_in(client, cast, "finance")
    page = client.get(url("refundbatch", "build")).content.decode()
    assert "¥70.00" in page
    group: dict[str, Any] = {"store": cast.a.pk, "currency": "CNY"}
    preview = client.get(url("refundbatch", "build"), group)
    assert first.number in preview.content.decode()
    data: dict[str, Any] = {
        "store": cast.a.pk,
        "currency": "CNY",
        "payout": [first.pk],
        "note": "Morning run.",
    }
    response = client.post(url("refundbatch", "build"), data)
    batch = RefundBatch.objects.get()
    assert response["Location"] == url("refundbatch", "change", batch.pk)
    assert (rows_of(batch), batch.maker) == ([first], cast.finance)
    assert batch.history.get().history_change_reason == "Morning run."

    again = client.post(url("refundbatch", "build"), data)
    assert again.status_code == 409
    assert "no longer waiting" in again.content.decode()
    assert second.number in again.content.decode()


def test_a_refused_build_keeps_what_was_ticked(client: Client, cast: Cast) -> None:
    first, gone, left_out = queue_payouts(cast.a, cast.staff, "50.00", "20.00", "7.00")
    build(store_id=cast.a.pk, currency="CNY", actor=person(cast.finance), payout_ids={gone.pk})
    data = {"store": cast.a.pk, "currency": "CNY", "payout": [first.pk, gone.pk]}
    answer = sign_in(client, cast, "finance").post(url("refundbatch", "build"), data)
    box = r'name="payout" value="(\d+)" data-amount="[\d.]+"( checked)?'
    boxes = dict(re.findall(box, answer.content.decode()))
    assert answer.status_code == 409
    assert boxes == {str(first.pk): " checked", str(left_out.pk): ""}


@pytest.mark.parametrize("name", ["staff", "manager", "checker", "auditor", "platform"])
def test_a_forged_build_is_refused(client: Client, cast: Cast, name: str) -> None:
    (payout,) = queue_payouts(cast.a, cast.staff)
    data = {"store": cast.a.pk, "currency": "CNY", "payout": payout.pk}
    response = sign_in(client, cast, name).post(url("refundbatch", "build"), data)
    assert response.status_code == 403
    assert not RefundBatch.objects.exists()


@pytest.mark.parametrize("store", ["foreign", "", "x", "9" * 30])
def test_a_batch_of_no_store_of_theirs_is_refused(client: Client, cast: Cast, store: str) -> None:
    (payout,) = queue_payouts(cast.b, cast.staff2)
    data = {
        "store": cast.b.pk if store == "foreign" else store,
        "currency": "CNY",
        "payout": payout.pk,
    }
    sign_in(client, cast, "finance")
    assert client.post(url("refundbatch", "build"), data).status_code == 404
    assert client.get(url("refundbatch", "build"), data).status_code == 404
    assert not RefundBatch.objects.exists()


def test_the_checker_types_the_number_to_release(client: Client, cast: Cast) -> None:
    batch = sealed_batch(cast)
    sign_in(client, cast, "checker")
    assert "dialog-release" in client.get(url("refundbatch", "change", batch.pk)).content.decode()
    do = url("refundbatch", "do", batch.pk, "release")
    assert client.get(do).status_code == 200
    assert client.post(do, {"confirm": "RB-WRONG"}).status_code == 400
    assert RefundBatch.objects.get().state == "sealed"
    signature = {"confirm": batch.number, "seen": batch.sha256, "secret": "demo"}
    client.post(do, {**signature, "note": "Every line looked at."})
    version = RefundBatch.objects.get().history.latest()
    assert (version.state, version.history_user) == ("released", cast.checker)
    assert version.history_change_reason == "Every line looked at."
    assert client.post(do, signature).status_code == 409


def test_who_built_a_batch_cannot_release_it_by_a_forged_request(
    client: Client, cast: Cast
) -> None:
    give_role(cast, "finance", "checker")
    batch = sealed_batch(cast)
    sign_in(client, cast, "finance")
    page = client.get(url("refundbatch", "change", batch.pk)).content.decode()
    assert "dialog-release" not in page
    assert "somebody else has to release it" in page
    forged = {"confirm": batch.number, "seen": batch.sha256, "secret": "demo"}
    response = client.post(url("refundbatch", "do", batch.pk, "release"), forged)
    assert response.status_code == 403
    assert "You built this batch" in response.content.decode()
    batch = RefundBatch.objects.get()
    assert (batch.state, batch.checker, batch.history.count()) == ("sealed", None, 1)


@pytest.mark.parametrize(
    ("name", "status"),
    [("staff", 404), ("manager", 403), ("auditor", 403), ("platform", 403), ("staff2", 404)],
)
def test_forged_requests_about_a_batch_change_nothing(
    client: Client, cast: Cast, name: str, status: int
) -> None:
    batch, sent = sealed_batch(cast), sent_batch(cast)
    before = list(RefundBatch.history.values_list("history_id")), BatchFile.objects.count()
    sign_in(client, cast, name)
    for path, data in (
        (url("refundbatch", "do", batch.pk, "release"), {"confirm": batch.number}),
        (url("refundbatch", "do", batch.pk, "void"), {"note": "x"}),
        (url("refundbatch", "export", sent.pk, "xlsx"), {}),
        (url("refundbatch", "result", sent.pk), {"file": SimpleUploadedFile("r.csv", b"a\nb")}),
    ):
        response = client.post(path, data)
        assert response.status_code == status, path
        assert b"Traceback" not in response.content
    assert (
        list(RefundBatch.history.values_list("history_id")),
        BatchFile.objects.count(),
    ) == before
    assert not ResultImport.objects.exists()


def test_a_void_needs_a_reason_and_frees_the_payouts(client: Client, cast: Cast) -> None:
    batch = sealed_batch(cast)
    sign_in(client, cast, "finance")
    do = url("refundbatch", "do", batch.pk, "void")
    assert client.post(do, {"note": " "}).status_code == 400
    client.post(do, {"note": "Wrong account."})
    assert RefundBatch.objects.get().state == "void"
    assert Payout.objects.get().batch is None
    assert client.get(url("refundbatch", "change", batch.pk)).status_code == 200


def test_a_download_is_a_post_and_gives_the_same_bytes(client: Client, cast: Cast) -> None:
    batch = sealed_batch(cast)
    release(batch_id=batch.pk, actor=person(cast.checker))
    sign_in(client, cast, "finance")
    path = url("refundbatch", "export", batch.pk, "csv")
    assert client.get(path).status_code == 405
    assert RefundBatch.objects.get().state == "released"
    first, second = client.post(path), client.post(path)
    assert first["Content-Disposition"] == f'attachment; filename="{batch.number}.csv"'
    assert first.content == second.content
    assert RefundBatch.objects.get().state == "sent"
    assert client.post(url("refundbatch", "export", batch.pk, "json")).status_code == 400
