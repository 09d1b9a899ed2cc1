"""Evidence on the disk is ciphertext under the buyer's key: unreadable everywhere once the key is destroyed."""

import io
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from backoffice.actors import INSTALLER, person, system
from backoffice.audit.recording import recorded
from backoffice.audit.sets import update_set
from backoffice.audit.verify import verify
from backoffice.privacy.keys import Subject
from backoffice.privacy.streams import HEAD, PIECE, TAG, TOUCHED, Closed, open_stream, whose
from orders import erasing
from orders.models import Buyer
from refunds.evidence import sealing
from refunds.models import Evidence, RefundCase
from refunds.workflow import perform
from tests.cast import Cast
from tests.privacy.known import settled_case
from tests.refunds.factories import make_case, make_order
from tests.refunds.files import film, photo, upload

SOMEBODY = Subject("buyer 1/B1", 1)
SIZES = [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 7]


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    """An empty folder in place of the one that all tests share."""
    backend = "django.core.files.storage.FileSystemStorage"
    kept = {"BACKEND": backend, "OPTIONS": {"location": tmp_path, "base_url": None}}
    settings.STORAGES = {**settings.STORAGES, "default": kept, "evidence": kept}
    cache.clear()
    return tmp_path


@pytest.fixture
def case(cast: Cast, folder: Path) -> RefundCase:
    return make_case(make_order(cast.a), cast.staff)


def content_of(size: int) -> bytes:
    return bytes(n * 7 % 251 for n in range(size))


def closed(content: bytes) -> bytes:
    return b"".join(Closed(io.BytesIO(content), whose(SOMEBODY)).chunks())


def read(kept: bytes) -> bytes:
    with open_stream(io.BytesIO(kept)) or io.BytesIO(b"erased") as file:
        return file.read()


def on_disk(row: Evidence) -> bytes:
    with storages["evidence"].open(row.file.name) as file:
        return file.read()


def download(client: Client, row: Evidence, **headers: str) -> Any:
    address = reverse("admin:refunds_refundcase_evidence", args=[row.case_id, row.pk])
    return client.get(address, headers=headers)


@pytest.mark.once
@pytest.mark.django_db
@pytest.mark.parametrize("size", SIZES)
def test_a_file_of_any_size_is_read_as_it_was_written_and_from_anywhere(size: int) -> None:
    content = content_of(size)
    kept = closed(content)
    assert read(kept) == content
    if size > 16:
        assert content[:16] not in kept
    file = open_stream(io.BytesIO(kept))
    assert file is not None
    assert file.seek(0, io.SEEK_END) == size
    for start in {0, size // 2, max(0, size - 3), min(size, PIECE - 2)}:
        file.seek(start)
        assert file.read(5) == content[start : start + 5]


@pytest.mark.once
@pytest.mark.django_db
def test_equal_files_look_different_and_a_clear_one_is_read_as_it_is() -> None:
    assert closed(b"the same") != closed(b"the same")
    assert read(b"%PDF-1.7 in clear") == b"%PDF-1.7 in clear"


def swapped(kept: bytes) -> bytes:
    whole = PIECE + TAG
    first, second = (kept[HEAD.size + n * whole :][:whole] for n in (0, 1))
    return kept[: HEAD.size] + second + first + kept[HEAD.size + 2 * whole :]


@pytest.mark.once
@pytest.mark.django_db
@pytest.mark.parametrize(
    "touch",
    [
        lambda kept: kept[:-1],
        lambda kept: kept[: HEAD.size + 3 * (PIECE + TAG)],
        lambda kept: kept[: HEAD.size + 3 * (PIECE + TAG) + 5],
        lambda kept: kept[: HEAD.size],
        lambda kept: kept[: HEAD.size - 4],
        lambda kept: kept + b"x",
        lambda kept: kept[:-30] + bytes([kept[-30] ^ 1]) + kept[-29:],
        lambda kept: kept[:20] + bytes([kept[20] ^ 1]) + kept[21:],
        swapped,
        lambda kept: kept[: HEAD.size] + closed(content_of(SIZES[-1]))[HEAD.size :],
    ],
)
def test_a_file_that_was_touched_does_not_open(touch: Any) -> None:
    with pytest.raises(ValueError, match=TOUCHED):
        read(touch(closed(content_of(SIZES[-1]))))


@pytest.mark.once
@pytest.mark.django_db
def test_memory_does_not_grow_with_the_file() -> None:
    def most(pieces: int) -> int:
        file = io.BytesIO(content_of(1) * (pieces * PIECE))
        tracemalloc.reset_peak()
        before, _peak = tracemalloc.get_traced_memory()
        for _chunk in Closed(file, owner).chunks():
            pass
        return tracemalloc.get_traced_memory()[1] - before

    owner = whose(SOMEBODY)
    tracemalloc.start()
    try:
        assert most(80) - most(8) < 2 * PIECE
    finally:
        tracemalloc.stop()


def test_evidence_lies_on_the_disk_as_ciphertext_and_is_served_as_it_came(
    client: Client, cast: Cast, case: RefundCase, folder: Path
) -> None:
    content = film(more=content_of(2 * PIECE))
    perform(
        "attach",
        case_id=case.pk,
        actor=person(cast.staff),
        file=[photo(), upload("a.mp4", content)],
    )
    for file in (folder / "evidence").iterdir():
        kept = file.read_bytes()
        assert kept.startswith(b"sealed2:")
        assert b"JFIF" not in kept
        assert b"ftyp" not in kept
    client.force_login(cast.staff)
    picture, video = Evidence.objects.order_by("pk")
    response = download(client, video)
    assert b"".join(response.streaming_content) == content
    assert response["Content-Length"] == str(len(content)) == str(video.size)
    assert "no-store" in response["Cache-Control"]
    part = download(client, video, range=f"bytes={PIECE - 5}-{PIECE + 5}")
    assert b"".join(part.streaming_content) == content[PIECE - 5 : PIECE + 6]
    preview = reverse("admin:refunds_refundcase_preview", args=[case.pk, picture.pk])
    assert b"JFIF" in b"".join(client.get(preview).streaming_content)


def test_what_an_erasure_leaves_on_a_disk_or_in_a_backup_opens_no_more(
    client: Client, cast: Cast, folder: Path
) -> None:
    case = settled_case(cast)
    row = Evidence.objects.get()
    copies = {file: file.read_bytes() for file in (folder / "evidence").iterdir()}
    assert all(read(kept).startswith(b"\xff\xd8") for kept in copies.values())
    asked = erasing.ask(order_id=case.order_id, actor=person(cast.platform), reason="By letter.")
    # The test's transaction is not committed, so nothing is deleted, as if the process died here.
    erasing.confirm(erasure_id=asked.pk, actor=person(cast.legal))
    assert [read(file.read_bytes()) for file in copies] == [b"erased"] * len(copies)
    assert [read(kept) for kept in copies.values()] == [b"erased"] * len(copies)
    client.force_login(cast.staff)
    assert download(client, row).status_code == 404
    with recorded(system(INSTALLER), "Somebody put the name back."):
        update_set(Evidence.objects.all(), file=row.file.name, preview=row.preview.name)
    assert download(client, row).status_code == 404
    assert Evidence.objects.get().sha256 == row.sha256


def in_clear(cast: Cast, case: RefundCase) -> Evidence:
    """Evidence as an earlier version kept it."""
    perform("attach", case_id=case.pk, actor=person(cast.staff), file=photo())
    row = Evidence.objects.order_by("pk").last()
    assert row is not None
    storage, names = storages["evidence"], []
    for kept in (row.file, row.preview):
        with storage.open(kept.name) as file:
            opened = open_stream(file)
            assert opened is not None
            names.append(
                storage.save(kept.name.removesuffix(".sealed"), ContentFile(opened.read()))
            )
        storage.delete(kept.name)
    with recorded(system(INSTALLER), "An earlier version."):
        update_set(Evidence.objects.filter(pk=row.pk), file=names[0], preview=names[1])
    row.refresh_from_db()
    return row


def test_files_of_an_earlier_version_are_read_and_then_sealed(
    client: Client,
    cast: Cast,
    case: RefundCase,
    folder: Path,
    django_capture_on_commit_callbacks: Any,
) -> None:
    row = in_clear(cast, case)
    assert on_disk(row).startswith(b"\xff\xd8")
    client.force_login(cast.staff)
    before = b"".join(download(client, row).streaming_content)
    with django_capture_on_commit_callbacks(execute=True):
        assert sealing.seal_now_and_then() == 1
    row.refresh_from_db()
    assert on_disk(row).startswith(b"sealed2:")
    assert b"".join(download(client, row).streaming_content) == before
    assert len(list((folder / "evidence").iterdir())) == 2  # the clear ones are gone
    version = row.history.latest()
    assert (version.history_user, version.history_change_reason) == (
        system("timer").user,
        sealing.WHY,
    )
    assert verify().findings == []
    assert sealing.seal_now_and_then() is None  # and looks again the next day


def test_a_file_that_is_not_what_its_row_says_stays_and_is_named(
    cast: Cast, case: RefundCase, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    row = in_clear(cast, case)
    (folder / row.file.name).write_bytes(b"Another picture.")
    with pytest.raises(CommandError, match="1 are still in clear"):
        call_command("seal_evidence", stdout=io.StringIO())
    assert f"Evidence {row.pk} stays as it is: its file is not the one that was brought." in (
        caplog.text
    )
    assert len(list((folder / "evidence").iterdir())) == 2  # nothing new is left behind


def test_who_is_erased_while_a_file_is_sealed_is_not_brought_back(
    cast: Cast, case: RefundCase, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row, write = in_clear(cast, case), sealing.write

    def erased_meanwhile(*args: Any) -> str:
        with recorded(person(cast.legal), "By letter."):
            erasing.erase(list(Buyer.objects.filter(orders=row.case.order_id)))
        return write(*args)

    monkeypatch.setattr(sealing, "write", erased_meanwhile)
    assert sealing.seal_files() == (0, 0)
    row.refresh_from_db()
    assert not row.file
    assert not [file for file in (folder / "evidence").iterdir() if file.suffix == ".sealed"]
