"""The pages of payouts: queued again, found, exported."""

import io
from typing import Any

import openpyxl
import pytest
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse

from backoffice.privacy.keys import seal
from refunds.models import Payout
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
    rows_of,
    sealed_batch,
    sent_batch,
)
from tests.refunds.money_pages.visiting import sign_in, url

pytestmark = pytest.mark.once  # every page is opened on PostgreSQL by tests/access/test_opening.py


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
