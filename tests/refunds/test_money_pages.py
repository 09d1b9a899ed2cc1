"""The pages about money: what each role finds on them, and what a forged request gets."""

import io
from typing import Any

import openpyxl
import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.db.models import QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from backoffice.actors import person
from backoffice.privacy.keys import seal
from refunds.batches.building import build
from refunds.models import BatchFile, Payout, RefundBatch, RefundCase, ResultImport
from tests.cast import Cast
from tests.exporting.taking import exported
from tests.flushing import rewrite
from tests.refunds.money import (
    answer,
    apply,
    bring,
    csv_of,
    give_role,
    queue_payouts,
    release,
    rows_of,
    sealed_batch,
    sent_batch,
    step,
)

pytestmark = pytest.mark.once  # every page is opened on PostgreSQL by tests/access/test_opening.py

PEOPLE = ("staff", "manager", "finance", "checker", "auditor", "platform")


@pytest.fixture(autouse=True)
def fresh_cache() -> None:
    """Leases of another test's runs are not ours."""
    cache.clear()


def url(model: str, name: str, *args: Any) -> str:
    return reverse(f"admin:refunds_{model}_{name}", args=args)


def sign_in(client: Client, cast: Cast, name: str) -> Client:
    client.force_login(getattr(cast, name))
    return client


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


def test_a_failed_payout_is_queued_again_on_its_page(client: Client, cast: Cast) -> None:
    batch = sent_batch(cast, "50.00")
    (payout,) = rows_of(batch)
    apply(cast, batch, [answer(payout, "failed", "Account closed")])
    sign_in(client, cast, "finance")
    page = client.get(url("payout", "change", payout.pk)).content.decode()
    assert "Account closed" in page
    assert "dialog-retry" in page
    retry = url("payout", "do", payout.pk, "retry")
    again = f"{url('payout', 'changelist')}?state=again"
    for place in (reverse("admin:index"), url("refundbatch", "change", batch.pk)):
        assert "state=again" in client.get(place).content.decode()
    assert payout.number in client.get(again).content.decode()
    assert client.get(retry).status_code == 200
    client.post(retry)
    assert payout.number not in client.get(again).content.decode()
    assert "state=again" not in client.get(url("refundbatch", "change", batch.pk)).content.decode()
    fresh = Payout.objects.get(state="queued")
    assert (fresh.case_id, fresh.history.get().history_user) == (payout.case_id, cast.finance)
    assert client.post(retry).status_code == 409
    assert "dialog-retry" not in client.get(url("payout", "change", payout.pk)).content.decode()
    for name, status in (("manager", 403), ("auditor", 403), ("staff", 403), ("staff2", 404)):
        assert sign_in(client, cast, name).post(retry).status_code == status
    assert Payout.objects.count() == 2


def test_the_payout_list_is_found_by_number_state_store_and_batch(
    client: Client, cast: Cast
) -> None:
    batch = sealed_batch(cast, "50.00")
    (inside,) = rows_of(batch)
    (outside,) = queue_payouts(cast.a, cast.staff, "20.00")
    sign_in(client, cast, "finance")
    lists = url("payout", "changelist")
    queries: list[tuple[dict[str, Any], set[Payout]]] = [
        ({"q": inside.number}, {inside}),
        ({"q": outside.case.number}, {outside}),
        ({"q": inside.number[4:]}, set()),
        ({"batch": batch.pk}, {inside}),
        ({"store": cast.a.pk, "state": "queued"}, {inside, outside}),
        ({"state": "failed"}, set()),
        ({"batch": "x"}, {inside, outside}),
    ]
    for query, found in queries:
        page = client.get(lists, query).content.decode()
        assert {row for row in (inside, outside) if f">{row.number}<" in page} == found, query


def test_payouts_are_exported_by_finance_alone_and_without_formulas(
    client: Client, cast: Cast
) -> None:
    batch = sent_batch(cast, "50.00")
    (payout,) = rows_of(batch)
    run = bring(cast, batch, csv_of([answer(payout, "failed", "No, = is fine inside")]))
    assert run.state == "checked"
    account = seal("6222020000001234", payout.data_subject)
    rewrite(QuerySet(Payout).filter(pk=payout.pk), destination=account, channel="＋1")
    path = url("payout", "export")
    for name in ("manager", "checker", "auditor", "platform", "staff"):
        assert sign_in(client, cast, name).post(path, {"format": "0"}).status_code == 403
        assert client.get(path).status_code == 403
    sign_in(client, cast, "finance")
    assert client.get(path).status_code == 200
    text = exported(client, "refunds.payout")
    assert text.startswith(b"\xef\xbb\xbfnumber,case,order")
    assert f"{payout.number}," in text.decode()
    assert ",'＋1,••••," in text.decode()
    assert "62220200" not in text.decode()
    book = openpyxl.load_workbook(io.BytesIO(exported(client, "refunds.payout", "xlsx")))
    rows = list(book.active.iter_rows(values_only=True))
    assert (rows[1][0], *rows[1][5:8]) == (payout.number, "'＋1", "••••", 50)


def test_payouts_are_exported_of_the_stores_where_one_may_export_alone(
    client: Client, cast: Cast
) -> None:
    (own,), (seen,) = queue_payouts(cast.a, cast.staff), queue_payouts(cast.b, cast.staff2)
    give_role(cast, "finance", "staff", cast.b)  # who reads payouts, and exports none
    sign_in(client, cast, "finance")
    assert seen.number in client.get(url("payout", "changelist")).content.decode()
    text = exported(client, "refunds.payout").decode()
    assert seen.number not in text
    assert own.number in text


def test_foreign_rows_are_nowhere(client: Client, cast: Cast) -> None:
    batch = sent_batch(cast)
    (payout,) = rows_of(batch)
    run = bring(cast, batch, csv_of([answer(payout)]))
    give_role(cast, "staff2", "finance", cast.b)
    sign_in(client, cast, "staff2")
    for path in (
        url("payout", "change", payout.pk),
        url("payout", "do", payout.pk, "retry"),
        url("payout", "history", payout.pk),
        url("refundbatch", "change", batch.pk),
        url("refundbatch", "history", batch.pk),
        url("refundbatch", "do", batch.pk, "void"),
        url("resultimport", "change", run.pk),
        url("resultimport", "progress", run.pk),
    ):
        assert client.get(path).status_code in (302, 404), path
        assert client.get(path, follow=True).content.decode().count(payout.number) == 0
    for path in (
        url("payout", "do", payout.pk, "retry"),
        url("refundbatch", "do", batch.pk, "void"),
        url("refundbatch", "export", batch.pk, "csv"),
        url("refundbatch", "result", batch.pk),
        url("resultimport", "confirm", run.pk),
        url("resultimport", "cancel", run.pk),
    ):
        assert client.post(path).status_code == 404, path
    for model in ("payout", "refundbatch", "resultimport"):
        page = client.get(url(model, "changelist")).content.decode()
        assert payout.number not in page
        assert batch.number not in page
    page = client.get(url("payout", "changelist"), {"batch": batch.pk}).content.decode()
    assert batch.number not in page
    assert (
        payout.number.encode() not in client.post(url("payout", "export"), {"format": "0"}).content
    )
    assert ResultImport.objects.get().state == "checked"


@pytest.mark.parametrize("model", ["payout", "refundbatch", "resultimport"])
def test_there_is_no_form(client: Client, cast: Cast, model: str) -> None:
    batch = sent_batch(cast)
    (payout,) = rows_of(batch)
    run = bring(cast, batch, csv_of([answer(payout)]))
    rows: dict[str, Any] = {"payout": payout, "refundbatch": batch, "resultimport": run}
    row = rows[model]
    for name in ("finance", "checker", "auditor", "platform"):
        sign_in(client, cast, name)
        assert client.get(url(model, "change", row.pk)).status_code == 200
        assert client.post(url(model, "change", row.pk), {"state": "settled"}).status_code == 405
        assert client.get(url(model, "add")).status_code in (403, 404)
        assert client.post(url(model, "add"), {}).status_code in (403, 405)
        assert client.get(url(model, "delete", row.pk)).status_code in (403, 404)
    assert type(row).objects.get(pk=row.pk).state == row.state


def test_each_role_finds_its_work_on_the_home_page(client: Client, cast: Cast) -> None:
    batch = sealed_batch(cast, "50.00")
    queue_payouts(cast.a, cast.staff, "33.00")
    home = reverse("admin:index")
    checker = sign_in(client, cast, "checker").get(home).content.decode()
    assert batch.number in checker
    assert "built by finance" in checker
    draft = build(store_id=cast.a.pk, currency="CNY", actor=person(cast.finance), draft=True)
    finance = sign_in(client, cast, "finance").get(home).content.decode()
    assert "¥33.00" in finance
    assert draft.number in finance
    staff = sign_in(client, cast, "staff").get(home).content.decode()
    assert batch.number not in staff


def test_lists_and_pages_ask_the_database_as_often_for_many_payouts_as_for_few(
    client: Client, cast: Cast
) -> None:
    def counts() -> list[int]:
        found = []
        batch = sent_batch(cast)
        for path in (
            url("payout", "changelist"),
            url("refundbatch", "changelist"),
            url("resultimport", "changelist"),
            url("refundbatch", "build"),
            f"{url('refundbatch', 'build')}?store={cast.a.pk}&currency=CNY",
            reverse("admin:index"),
            url("refundbatch", "change", batch.pk),
        ):
            with CaptureQueriesContext(connection) as queries:
                assert client.get(path).status_code == 200
            found.append(len(queries))
        return found

    sign_in(client, cast, "finance")
    queue_payouts(cast.a, cast.staff, "1.00")
    counts()
    queue_payouts(cast.a, cast.staff, "1.00")
    few = counts()
    queue_payouts(cast.a, cast.staff, *["2.00"] * 15)
    counts()
    queue_payouts(cast.a, cast.staff, *["2.00"] * 15)
    many = counts()
    assert all(b <= a + 2 for a, b in zip(few, many, strict=True)), (few, many)
    assert max(many) <= 40, many
