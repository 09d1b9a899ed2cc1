"""The pages of files of requests."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import translation

from backoffice.models import User
from merchants.models import Store
from refunds.models import RefundCase, RequestImport
from tests.cast import Cast
from tests.refunds.factories import make_order
from tests.refunds.requests.files import check, row, step, table

pytestmark = pytest.mark.once  # every page is opened on PostgreSQL by tests/access/test_opening.py
UPLOAD = "admin:refunds_requestimport_upload"


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(run: RequestImport, name: str = "change") -> str:
    return reverse(f"admin:refunds_requestimport_{name}", args=[run.pk])


def upload(client: Client, store: Store, content: bytes) -> Any:
    file = SimpleUploadedFile("requests.csv", content)
    return client.post(reverse(UPLOAD), {"store": store.pk, "file": file})


def test_a_supervisor_uploads_checks_and_applies_a_file(cast: Cast) -> None:
    order = make_order(cast.a, (2, "10.00"))
    client = as_(cast.supervisor)
    form = client.get(reverse(UPLOAD)).content.decode()
    assert "Store A" in form
    assert "Store B" not in form
    content = table(row(order, text="<b>broken</b>"), row(order, number="R2", sku="X"))
    assert upload(client, cast.a, content).status_code == 302
    run = RequestImport.objects.get()
    assert f'data-progress-url="{page(run, "progress")}"' in client.get(page(run)).content.decode()
    step(run)
    checked = client.get(page(run)).content.decode()
    assert "1 refund case will be opened. 1 row is left out: it is listed below." in checked
    assert "1 × SKU-1" in checked
    assert "¥10.00" in checked
    assert "C01 · " in checked
    assert "has no article X" in checked
    assert not RefundCase.objects.exists()
    problems = client.get(page(run, "problems"))
    assert b"has no article X" in b"".join(problems.streaming_content)
    assert client.post(page(run, "confirm")).status_code == 302
    step(run)
    assert "1 refund case was opened." in client.get(page(run)).content.decode()
    version = RefundCase.objects.get().history.get()
    assert (version.history_user, version.source) == (cast.supervisor, "import")


@pytest.mark.parametrize("name", ["staff", "finance", "checker", "auditor", "platform", "staff2"])
def test_who_may_not_import_gets_no_form_and_cannot_post_one(cast: Cast, name: str) -> None:
    client = as_(cast.people[name])
    for answer in (
        client.get(reverse(UPLOAD)),
        upload(client, cast.a, table(row("N1"))),
        client.get(reverse("admin:refunds_requestimport_template")),
    ):
        assert answer.status_code == 403
    assert not RequestImport.objects.exists()


def test_another_store_s_file_cannot_be_brought_read_or_decided_about(cast: Cast) -> None:
    client = as_(cast.manager)
    assert upload(client, cast.b, table(row("N1"))).status_code == 400
    run = check(cast.b, table(row("N1")))
    for name in ("change", "progress", "problems", "confirm", "cancel", "history"):
        assert client.get(page(run, name)).status_code in (404, 405)
        assert client.post(page(run, name)).status_code in (404, 405)
    assert RequestImport.objects.get().state == "checked"


def test_a_dropped_file_opens_nothing(cast: Cast) -> None:
    run = check(cast.a, table(row(make_order(cast.a))))
    as_(cast.manager).post(page(run, "cancel"))
    assert step(run).state == "cancelled"
    assert not RefundCase.objects.exists()


def test_the_template_speaks_the_reader_s_language(cast: Cast) -> None:
    client = as_(cast.manager)
    address = reverse("admin:refunds_requestimport_template")
    assert client.get(address).content.decode().startswith("\ufeffRequest number,Order number,")
    client.cookies["django_language"] = "zh-hans"
    with translation.override("en"):  # what a request switches to stays in this thread
        assert client.get(address).content.decode().startswith("\ufeff售后申请号,订单号,")
