"""Files are known by their content, cleaned of what a camera wrote, and refused where they lie."""

import io
from typing import Any

import pi_heif
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image, ImageCms

from backoffice.exceptions import BadInput
from refunds.evidence.checking import check, check_all
from refunds.models import Evidence, RefundCase
from tests.cast import Cast
from tests.refunds.evidence.showing import attach
from tests.refunds.files import (
    GPS,
    LIES,
    MAKER,
    ORIENTATION,
    bomb,
    film,
    pdf,
    photo,
    png,
    upload,
    webm,
)

pytestmark = pytest.mark.once


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_what_a_camera_wrote_beside_the_pixels_is_gone_and_the_picture_stands_upright(
    kind: str,
) -> None:
    brought = photo(f"photo.{kind.lower()}", kind=kind)
    before = Image.open(brought)
    assert before.getexif()[ORIENTATION] == 6
    assert before.getexif().get_ifd(GPS)
    assert before.size == (60, 40)
    done = check(brought)
    for content in (done.content.read(), done.preview):
        after = Image.open(io.BytesIO(content))
        assert not after.getexif()
        assert not set(after.info) & {"exif", "xmp", "icc_profile", "comment"}
        assert after.size == (40, 60)
        assert b"SECRETPHONE" not in content
    assert (done.width, done.height) == (40, 60)
    assert MAKER not in after.getexif()


def test_a_profile_is_taken_out_and_the_colours_stay() -> None:

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    written = io.BytesIO()
    Image.new("RGB", (9, 9), (200, 40, 40)).save(written, "PNG", icc_profile=profile)
    after = Image.open(io.BytesIO(check(upload("a.png", written.getvalue())).content.read()))
    assert "icc_profile" not in after.info
    assert all(abs(a - b) <= 1 for a, b in zip(after.getpixel((4, 4)), (200, 40, 40), strict=True))


@pytest.mark.parametrize(
    ("name", "content", "kept_as", "content_type"),
    [
        ("wrong.png", photo().read(), "wrong.jpg", "image/jpeg"),
        ("web.webp", photo(kind="WEBP").read(), "web.jpg", "image/jpeg"),
        ("a.mp4", film(), "a.mp4", "video/mp4"),
        ("a.MOV", film(b"qt  "), "a.MOV", "video/quicktime"),
        ("a.webm", webm(), "a.webm", "video/webm"),
        ("invoice", pdf(), "invoice.pdf", "application/pdf"),
        ("../../etc/发票.pdf", pdf(), "发票.pdf", "application/pdf"),
        ("C:\\fakepath\\a.pdf", pdf(), "a.pdf", "application/pdf"),
    ],
)
def test_the_content_says_what_a_file_is(
    name: str, content: bytes, kept_as: str, content_type: str
) -> None:
    given = SimpleUploadedFile("x", content)
    given._name = name  # a browser's name, uncleaned
    done = check(given)
    assert (done.name, done.content_type) == (kept_as, content_type)


def test_a_telephone_s_heic_is_read_by_its_own_decoder() -> None:
    assert "libde265" in pi_heif.libheif_info()["decoders"]
    assert "HEIF" in Image.OPEN
    with pytest.raises(BadInput, match=r"IMG_1\.HEIC: The picture is damaged"):
        check(upload("IMG_1.HEIC", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200)))


@pytest.mark.parametrize("name", list(LIES))
def test_what_is_not_taken_or_lies_is_refused_with_its_name_and_changes_nothing(
    client: Client, cast: Cast, case: RefundCase, name: str
) -> None:
    client.force_login(cast.staff)
    text = attach(client, case, upload(name, LIES[name]))
    assert f'<span class="desk-error">{name}: ' in text
    assert not Evidence.objects.exists()
    assert RefundCase.objects.get(pk=case.pk).version == case.version


@pytest.mark.parametrize("size", [(50_000, 50_000), (16_001, 10), (9_000, 9_000), (12_000, 12_000)])
def test_a_bomb_is_refused_before_it_is_decoded(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image.Image, "load", lambda *_: pytest.fail("It was decoded."))
    content = bomb(*size)
    assert len(content) < 1000
    with pytest.raises(BadInput, match=r"bomb\.png: .*million pixels"):
        check(upload("bomb.png", content))


def test_what_hides_behind_a_picture_is_not_kept() -> None:
    done = check(upload("a.png", png(b"<script>alert(1)</script>PK\x03\x04")))
    assert b"script" not in done.content.read()


@pytest.mark.parametrize(
    ("family", "name", "content"),
    [("picture", "a.png", png()), ("video", "a.mp4", film()), ("document", "a.pdf", pdf())],
)
def test_each_family_has_its_own_limit(
    settings: Any, family: str, name: str, content: bytes
) -> None:
    settings.EVIDENCE_LIMITS = {**settings.EVIDENCE_LIMITS, family: len(content) - 1}
    with pytest.raises(BadInput, match=r"larger than"):
        check(upload(name, content))
    settings.EVIDENCE_LIMITS = {**settings.EVIDENCE_LIMITS, family: len(content)}
    assert check(upload(name, content)).size


def test_files_that_were_looked_at_are_not_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    done = check_all([photo()])
    monkeypatch.setattr("refunds.evidence.checking.check", lambda *_: pytest.fail("Again."))
    assert check_all(done) == done
