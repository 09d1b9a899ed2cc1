"""Files on a case: known by their content, served to those who may see the case."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from refunds.demo.pictures import picture
from refunds.models import Evidence, RefundCase
from tests.cast import Cast
from tests.refunds.factories import make_case, make_order


@pytest.fixture
def case(cast: Cast) -> RefundCase:
    return make_case(make_order(cast.a), cast.staff)


def attach(client: Client, case: RefundCase, file: SimpleUploadedFile) -> str:
    url = reverse("admin:refunds_refundcase_do", args=[case.pk, "attach"])
    version = RefundCase.objects.get(pk=case.pk).version
    return client.post(
        url, {"version": version, "party": "buyer", "file": file}, follow=True
    ).content.decode()


def test_a_picture_is_kept_and_served_as_an_attachment(
    client: Client, cast: Cast, case: RefundCase
) -> None:
    client.force_login(cast.staff)
    attach(client, case, picture("照片 photo.png", 3))
    row = Evidence.objects.get(case=case)
    assert (row.file_name, row.content_type) == ("照片 photo.png", "image/png")
    assert "photo" not in row.file.name
    url = reverse("admin:refunds_refundcase_evidence", args=[case.pk, row.pk])
    response = client.get(url)
    assert response["Content-Disposition"].startswith("attachment")
    assert "sandbox" in response["Content-Security-Policy"]
    assert b"".join(response.streaming_content).startswith(b"\x89PNG")
    assert case.history.latest().action == "attach"
    client.force_login(cast.staff2)
    assert client.get(url).status_code == 404


@pytest.mark.parametrize(
    "content", [b"", b"<svg onload=alert(1)>", b"<html>", b"MZ\x90", b"PK\x03\x04"]
)
def test_what_is_no_picture_and_no_pdf_is_refused(
    client: Client, cast: Cast, case: RefundCase, content: bytes
) -> None:
    client.force_login(cast.staff)
    text = attach(client, case, SimpleUploadedFile("photo.png", content, "image/png"))
    assert "Attach a JPEG" in text or "empty" in text
    assert not Evidence.objects.exists()


def test_the_same_file_is_attached_once(client: Client, cast: Cast, case: RefundCase) -> None:
    client.force_login(cast.staff)
    attach(client, case, picture("a.png", 3))
    assert "already attached" in attach(client, case, picture("b.png", 3))
    assert Evidence.objects.count() == 1


def test_a_large_file_is_refused(client: Client, cast: Cast, case: RefundCase) -> None:
    client.force_login(cast.staff)
    large = SimpleUploadedFile("big.pdf", b"%PDF-" + bytes(10 * 1024 * 1024), "application/pdf")
    assert "larger than 10 MB" in attach(client, case, large)
    assert not Evidence.objects.exists()
