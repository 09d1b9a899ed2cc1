"""A file whose profile nobody named is read by the one that knows its headings."""

import io

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from orders.loading.recognising import profile_for
from orders.models import Order, OrderImport
from orders.profiles import CHINESE, ENGLISH
from tests.cast import Cast
from tests.orders.files import ROW, retail, table

LINE = "536365;85123A;LAMP;6;1/12/2010 08:26;2,55;17850;United Kingdom"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (table(list(ENGLISH.values()), header=ENGLISH.values()), "generic"),
        (table(list(CHINESE.values()), header=CHINESE.values()), "generic-zh"),
        (retail(LINE), "online-retail"),
        (b"a,b\n1,2\n", "generic"),
        (b"\x89PNG\r\n\x1a\n", "generic"),
    ],
)
def test_the_headings_tell_the_profile(db: None, content: bytes, code: str) -> None:
    assert profile_for(io.BytesIO(content)).code == code


def test_the_command_needs_no_profile(cast: Cast, tmp_path: object) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(retail(LINE))
    call_command("import_orders", str(path), "--store", "a", stdout=io.StringIO())
    assert Order.objects.get().currency == "GBP"


def test_the_upload_page_needs_no_profile(client: Client, cast: Cast) -> None:
    client.force_login(cast.manager)
    file = io.BytesIO(table(ROW))
    file.name = "orders.csv"
    client.post(reverse("admin:orders_orderimport_upload"), {"store": cast.a.pk, "file": file})
    assert OrderImport.objects.get().profile.code == "generic"
