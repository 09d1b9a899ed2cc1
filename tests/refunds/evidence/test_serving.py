"""Files of evidence as they are handed out: to those who may see the case, as attachments, in parts."""

import io

import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image

from backoffice.actors import person
from refunds.demo.pictures import picture
from refunds.models import Evidence, RefundCase
from refunds.workflow import perform
from tests.cast import Cast
from tests.personal import plain
from tests.refunds.evidence.showing import address, attach
from tests.refunds.factories import make_case, make_order
from tests.refunds.files import (
    film,
    pdf,
    photo,
    upload,
)

pytestmark = pytest.mark.once


def test_a_picture_is_kept_and_served_as_an_attachment(
    client: Client, cast: Cast, case: RefundCase
) -> None:
    client.force_login(cast.staff)
    attach(client, case, picture("照片 photo.png", 3))
    row = Evidence.objects.get(case=case)
    assert (plain(row.file_name), row.content_type) == ("照片 photo.png", "image/png")
    assert (row.width, row.height) == (160, 120)
    assert "photo" not in row.file.name
    response = client.get(address(row))
    assert response["Content-Disposition"].startswith("attachment")
    assert "sandbox" in response["Content-Security-Policy"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert b"".join(response.streaming_content).startswith(b"\x89PNG")
    version = case.history.latest()
    assert (version.action, version.history_user) == ("attach", cast.staff)


def test_nobody_else_gets_a_file_not_even_beside_a_case_of_their_own(
    client: Client, cast: Cast, case: RefundCase
) -> None:
    perform("attach", case_id=case.pk, actor=person(cast.staff), file=photo())
    row, theirs = Evidence.objects.get(), make_case(make_order(cast.b), cast.staff2)
    client.force_login(cast.staff2)
    for name in ("evidence", "preview"):
        assert client.get(address(row, name)).status_code == 404
        beside = reverse(f"admin:refunds_refundcase_{name}", args=[theirs.pk, row.pk])
        assert client.get(beside).status_code == 404
        client.logout()
        assert client.get(address(row, name)).status_code == 302
        client.force_login(cast.staff2)


def test_a_player_gets_the_part_that_it_asks_for(
    client: Client, cast: Cast, case: RefundCase
) -> None:
    content = film(more=bytes(range(256)) * 8)
    perform("attach", case_id=case.pk, actor=person(cast.staff), file=upload("a.mp4", content))
    row = Evidence.objects.get()
    client.force_login(cast.staff)
    for asked, start, end in (
        ("bytes=0-99", 0, 99),
        ("bytes=100-", 100, len(content) - 1),
        ("bytes=-50", len(content) - 50, len(content) - 1),
        ("bytes=5-999999", 5, len(content) - 1),
    ):
        response = client.get(address(row), headers={"range": asked})
        assert response.status_code == 206
        assert b"".join(response.streaming_content) == content[start : end + 1]
        assert response["Content-Range"] == f"bytes {start}-{end}/{len(content)}"
        assert response["Content-Length"] == str(end - start + 1)
        assert response["Content-Disposition"].startswith("attachment")
    assert client.get(address(row), headers={"range": "bytes=99999-"}).status_code == 416
    for nonsense in (
        "bytes=-",
        "bytes=5-1x",
        "bytes=0-1,5-6",
        "pages=1-2",
        "bytes=" + "9" * 40 + "-",
    ):
        response = client.get(address(row), headers={"range": nonsense})
        assert (response.status_code, b"".join(response.streaming_content)) == (200, content)
    assert client.get(address(row), headers={"range": "bytes=9-5"}).status_code == 416


def test_only_what_was_drawn_here_is_shown_in_place(
    client: Client, cast: Cast, case: RefundCase
) -> None:
    files = [photo(), upload("a.mp4", film()), upload("a.pdf", pdf())]
    perform("attach", case_id=case.pk, actor=person(cast.staff), file=files)
    client.force_login(cast.staff)
    picture_row, video, document = Evidence.objects.all()
    response = client.get(address(picture_row, "preview"))
    assert (response["Content-Type"], response["Content-Disposition"]) == ("image/jpeg", "inline")
    assert "sandbox" in response["Content-Security-Policy"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert Image.open(io.BytesIO(b"".join(response.streaming_content))).format == "JPEG"
    for row in (video, document):
        assert client.get(address(row, "preview")).status_code == 404
