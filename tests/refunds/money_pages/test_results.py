"""The pages of the bank's answers: brought, looked at, applied."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from refunds.models import RefundCase, ResultImport
from tests.cast import Cast
from tests.refunds.money import answer, bring, csv_of, rows_of, sent_batch, step
from tests.refunds.money_pages.visiting import sign_in, url

pytestmark = pytest.mark.once  # every page is opened on PostgreSQL by tests/access/test_opening.py


def test_a_result_is_brought_looked_at_and_applied(client: Client, cast: Cast) -> None:
    batch = sent_batch(cast, "50.00", "20.00")
    good, bad = rows_of(batch)
    sign_in(client, cast, "finance")
    content = csv_of([answer(good), answer(bad, "failed", "<b>Account closed</b>")])
    response = client.post(
        url("refundbatch", "result", batch.pk), {"file": SimpleUploadedFile("bank.csv", content)}
    )
    run = ResultImport.objects.get()
    page = url("resultimport", "change", run.pk)
    assert response["Location"] == page
    assert "data-progress-url" in client.get(page).content.decode()
    assert client.get(url("resultimport", "progress", run.pk)).json()["finished"] is False
    step(run)
    shown = client.get(page).content.decode()
    assert "¥50.00" in shown
    assert "&lt;b&gt;Account closed" in shown
    assert RefundCase.objects.filter(state="refunded").count() == 0

    assert client.get(url("resultimport", "confirm", run.pk)).status_code == 405
    client.post(url("resultimport", "confirm", run.pk))
    assert step(run).state == "applied"
    assert client.get(page).status_code == 200
    assert client.get(url("resultimport", "progress", run.pk)).json()["finished"] is True
    again = client.post(url("resultimport", "confirm", run.pk), follow=True)
    assert "Only a checked file can be applied." in again.content.decode()
    assert {p.state for p in rows_of(batch)} == {"settled", "failed"}
    assert "Account closed" in client.get(reverse("admin:index")).content.decode()


def test_a_result_that_does_not_fit_shows_row_field_and_sentence(
    client: Client, cast: Cast
) -> None:
    batch = sent_batch(cast, "50.00")
    (payout,) = rows_of(batch)
    run = bring(cast, batch, csv_of([[payout.number, "49.00", "CNY", "settled", ""]]))
    page = (
        sign_in(client, cast, "finance").get(url("resultimport", "change", run.pk)).content.decode()
    )
    assert "The amount is ¥49.00, but this payout is of ¥50.00." in page
    assert "Nothing of it was changed" in page
    assert url("resultimport", "confirm", run.pk) not in page


def test_an_empty_upload_is_told_beside_the_field(client: Client, cast: Cast) -> None:
    batch = sent_batch(cast)
    sign_in(client, cast, "finance")
    path = url("refundbatch", "result", batch.pk)
    for data in ({}, {"file": SimpleUploadedFile("r.csv", b"")}):
        response = client.post(path, data)
        assert response.status_code == 400
        assert "desk-error" in response.content.decode()
    assert not ResultImport.objects.exists()


@pytest.mark.parametrize("name", ["checker", "auditor"])
def test_who_only_reads_can_neither_apply_nor_drop_a_result(
    client: Client, cast: Cast, name: str
) -> None:
    batch = sent_batch(cast)
    run = bring(cast, batch, csv_of([answer(payout) for payout in rows_of(batch)]))
    sign_in(client, cast, name)
    page = client.get(url("resultimport", "change", run.pk)).content.decode()
    assert url("resultimport", "confirm", run.pk) not in page
    for action in ("confirm", "cancel"):
        assert client.post(url("resultimport", action, run.pk)).status_code == 403
    assert ResultImport.objects.get().state == "checked"
