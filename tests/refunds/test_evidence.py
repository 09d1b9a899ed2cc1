"""Files on a case: known by their content, cleaned, kept aside, served to those who may see the case."""

import hashlib
import io
import os
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pi_heif
import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse
from PIL import Image, ImageCms

from backoffice.actors import person
from backoffice.clock import now
from backoffice.exceptions import BadInput, NotAllowed
from refunds.demo.pictures import picture
from refunds.evidence import sweep
from refunds.evidence.checking import check, check_all
from refunds.evidence.serving import opened
from refunds.models import Evidence, RefundCase
from refunds.workflow import perform
from tests.cast import Cast
from tests.personal import plain
from tests.refunds.factories import make_case, make_order
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


@pytest.fixture
def case(cast: Cast) -> RefundCase:
    return make_case(make_order(cast.a), cast.staff)


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    """An empty folder in place of the one that all tests share."""
    options = {"location": tmp_path, "base_url": None}
    backend = "django.core.files.storage.FileSystemStorage"
    strict = {**options, "file_permissions_mode": 0o600, "directory_permissions_mode": 0o700}
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": backend, "OPTIONS": options},
        "evidence": {"BACKEND": backend, "OPTIONS": strict},
    }
    return tmp_path


def attach(
    client: Client, case: RefundCase, *files: SimpleUploadedFile, party: str = "buyer"
) -> str:
    url = reverse("admin:refunds_refundcase_do", args=[case.pk, "attach"])
    version = RefundCase.objects.get(pk=case.pk).version
    form = {"version": version, "party": party, "file": list(files)}
    return client.post(url, form, follow=True).content.decode()


def address(row: Evidence, name: str = "evidence") -> str:
    return reverse(f"admin:refunds_refundcase_{name}", args=[row.case_id, row.pk])


def content_of(row: Evidence) -> bytes:
    with opened(row.file) as file:
        return file.read()


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


def test_history_keeps_both_hashes(cast: Cast, case: RefundCase) -> None:
    brought = photo()
    perform("attach", case_id=case.pk, actor=person(cast.staff), file=brought)
    row = Evidence.objects.get()
    version = row.history.get()
    assert version.original_sha256 == hashlib.sha256(photo().read()).hexdigest()
    assert version.sha256 == hashlib.sha256(content_of(row)).hexdigest() != version.original_sha256


def test_the_file_is_readable_by_this_account_alone(
    cast: Cast, case: RefundCase, folder: Path
) -> None:
    perform(
        "attach", case_id=case.pk, actor=person(cast.staff), file=[photo(), upload("a.mp4", film())]
    )
    kept = sorted((folder / "evidence").iterdir())
    assert len(kept) == 3  # a picture, what it looks like small, and a film
    assert {stat.S_IMODE(file.stat().st_mode) for file in kept} == {0o600}
    assert stat.S_IMODE((folder / "evidence").stat().st_mode) == 0o700
    assert all(file.suffix == ".sealed" and len(file.stem) == 32 for file in kept)


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


def test_several_files_are_attached_at_once_or_none(
    client: Client, cast: Cast, case: RefundCase, folder: Path
) -> None:
    client.force_login(cast.staff)
    text = attach(client, case, photo(), upload("a.mp4", film()), upload("b.png", b"<svg>"))
    assert "b.png: Only pictures" in text
    assert not Evidence.objects.exists()
    assert not (folder / "evidence").exists()
    attach(client, case, photo(), upload("a.mp4", film()), upload("b.pdf", pdf()))
    assert list(Evidence.objects.values_list("content_type", flat=True)) == [
        "image/jpeg", "video/mp4", "application/pdf",
    ]  # fmt: skip
    assert RefundCase.objects.get(pk=case.pk).version == case.version + 1


def test_the_same_file_is_attached_once_and_leaves_nothing_behind(
    client: Client, cast: Cast, case: RefundCase, folder: Path
) -> None:
    client.force_login(cast.staff)
    attach(client, case, photo("a.jpg"))
    assert "already attached" in attach(client, case, upload("new.pdf", pdf()), photo("b.jpg"))
    assert Evidence.objects.count() == 1
    assert len(list((folder / "evidence").iterdir())) == 2


def test_there_are_limits_to_how_many(client: Client, cast: Cast, case: RefundCase) -> None:
    def documents(start: int, end: int) -> list[SimpleUploadedFile]:
        return [upload(f"{n}.pdf", pdf(str(n).encode())) for n in range(start, end)]

    client.force_login(cast.staff)
    assert "at most 10 files at once" in attach(client, case, *documents(0, 11))
    attach(client, case, *documents(0, 10))
    attach(client, case, *documents(10, 20))
    assert "can have 20 files at most" in attach(client, case, *documents(20, 21))
    assert Evidence.objects.count() == 20


def test_a_form_with_hundreds_of_files_is_answered_in_a_sentence(
    client: Client, cast: Cast, case: RefundCase
) -> None:
    client.force_login(cast.staff)
    text = attach(client, case, *(upload(f"{n}.pdf", pdf()) for n in range(101)))
    assert "Traceback" not in text
    assert "TooManyFilesSent" not in text
    assert not Evidence.objects.exists()


def test_nobody_shows_something_in_the_name_of_the_other_side(
    client: Client, cast: Cast, case: RefundCase
) -> None:
    for user, own, other in (
        (cast.staff, "store", "platform"),
        (cast.platform, "platform", "store"),
    ):
        client.force_login(user)
        assert "is not one of the available choices" in attach(client, case, photo(), party=other)
        with pytest.raises(NotAllowed):
            perform("attach", case_id=case.pk, actor=person(user), file=photo(), party=other)
        attach(client, case, upload(f"{own}.pdf", pdf(own.encode())), party=own)
    assert sorted(Evidence.objects.values_list("party", flat=True)) == ["platform", "store"]


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


def test_a_request_may_bring_its_evidence(client: Client, cast: Cast) -> None:
    order = make_order(cast.a)
    client.force_login(cast.staff)
    url = reverse("admin:refunds_refundcase_open", args=[order.pk])
    form = {
        "kind": "refund_only", "reason": RefundCase._meta.get_field("reason").related_model.objects.get(code="Q01").pk,
        f"line_{order.lines.all()[0].pk}": "1", "in_money": "on",
    }  # fmt: skip
    refused = client.post(url, {**form, "file": [upload("a.png", b"<svg>")]})
    assert refused.status_code == 400
    assert "a.png: Only pictures" in refused.content.decode()
    assert not RefundCase.objects.exists()
    assert client.post(url, {**form, "file": [photo(), upload("a.mp4", film())]}).status_code == 302
    rows = RefundCase.objects.get().evidence.all()
    assert [(row.party, row.history.get().action) for row in rows] == [("buyer", "request")] * 2


def test_a_stray_file_is_swept_after_a_day_and_no_other(
    cast: Cast, case: RefundCase, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def killed() -> None:
        with transaction.atomic():
            perform("attach", case_id=case.pk, actor=person(cast.staff), file=photo())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        killed()
    assert not Evidence.objects.exists()
    perform("attach", case_id=case.pk, actor=person(cast.staff), file=upload("a.pdf", pdf()))
    assert len(list((folder / "evidence").iterdir())) == 3
    assert sweep.sweep() == 0
    day_ago = (now() - timedelta(days=1, minutes=1)).timestamp()
    for file in (folder / "evidence").iterdir():
        os.utime(file, (day_ago, day_ago))
    call_command("sweep_files")
    assert capsys.readouterr().out == "files: 2 deleted\n"
    assert [f"evidence/{file.name}" for file in (folder / "evidence").iterdir()] == [
        Evidence.objects.get().file.name
    ]
    assert content_of(Evidence.objects.get()) == pdf()


def test_no_row_is_ever_without_its_file(
    cast: Cast, case: RefundCase, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = type(storages["evidence"])

    def full(*_args: Any, **_kwargs: Any) -> str:
        raise OSError("No space left on device")

    monkeypatch.setattr(storage, "_save", full)
    with pytest.raises(OSError, match="No space"):
        perform("attach", case_id=case.pk, actor=person(cast.staff), file=photo())
    assert not Evidence.objects.exists()
    assert RefundCase.objects.get(pk=case.pk).version == case.version


def test_files_that_were_looked_at_are_not_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    done = check_all([photo()])
    monkeypatch.setattr("refunds.evidence.checking.check", lambda *_: pytest.fail("Again."))
    assert check_all(done) == done
