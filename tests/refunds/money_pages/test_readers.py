"""What each role finds on the pages about money, and at what cost."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from backoffice.actors import person
from refunds.batches.building import build
from refunds.models import ResultImport
from tests.cast import Cast
from tests.refunds.money import (
    answer,
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
