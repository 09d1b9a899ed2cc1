"""Uploaded files: ciphertext under a key of their own, and gone when somebody in them was erased."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.test import Client

from backoffice.actors import IMPORTER, person, system
from backoffice.audit.recording import recorded
from backoffice.audit.verify import verify
from backoffice.bulk import runs
from backoffice.bulk.retention import files_of
from backoffice.bulk.runs import opened
from backoffice.clock import now
from backoffice.exceptions import BadInput
from backoffice.privacy.models import PersonKey
from backoffice.privacy.streams import open_stream
from orders import erasing, uploads
from orders.models import Erasure, OrderImport
from tests.cast import Cast
from tests.exporting.taking import made_for
from tests.orders import files
from tests.privacy.reading import page
from tests.refunds.requests import files as requests

AGO = timedelta(days=40)
OURS, OTHERS = files.row(), files.row(Order_number="N2", Buyer="B2")


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    cache.clear()


def on_disk(run: OrderImport) -> bytes:
    with default_storage.open(run.file.name) as file:
        return file.read()


def erased(cast: Cast, code: str = "B1") -> Erasure:
    """Somebody who bought forty days ago, erased."""
    order = cast.a.buyers.get(code=code).orders.all()[0]
    row = erasing.ask(order_id=order.pk, actor=person(cast.platform), reason="By letter.")
    return erasing.confirm(erasure_id=row.pk, actor=person(cast.legal))


def has_file(run: Any) -> bool:
    return bool(type(run).objects.get(pk=run.pk).file)


def test_an_uploaded_file_is_ciphertext_and_goes_with_its_key(cast: Cast) -> None:
    run = files.load(cast.a, files.table(OURS))
    kept, name = on_disk(run), run.file.name
    assert b"N1" not in kept
    with opened(run) as file:
        assert b"N1" in file.read()
    with recorded(system(IMPORTER), "Its time is over."):
        assert files_of(OrderImport, "").delete([run.pk]) == 1
    key = PersonKey.objects.get(subject=f"file {name}")
    assert (key.wrapped, key.destroyed_at is not None) == (None, True)
    assert open_stream(BytesIO(kept)) is None


def test_a_file_of_an_earlier_version_is_read_and_one_that_was_touched_is_refused(
    cast: Cast,
) -> None:
    run = files.bring_file(cast.a, files.table(OURS))
    path = Path(default_storage.path(run.file.name))
    with opened(run) as file:
        clear = file.read()
    kept = bytearray(path.read_bytes())
    kept[-1] ^= 1
    path.write_bytes(kept)
    with pytest.raises(BadInput, match="not the one that was brought"):
        opened(run)
    path.write_bytes(clear)
    assert files.step(run).state == "checked"


def test_files_that_name_who_was_erased_go_and_others_stay(client: Client, cast: Cast) -> None:
    with time_machine.travel(now() - AGO):
        named = files.load(cast.a, files.table(OURS, OTHERS))
        book = files.load(cast.a, files.workbook(files.HEADER, OURS), name="again.xlsx")
        other = files.load(cast.a, files.table(OTHERS))
        order = cast.a.buyers.get(code="B1").orders.get()
        asked = requests.check(cast.a, requests.table(requests.row(order)))
        elsewhere = files.load(cast.b, files.table(OURS))
    with recorded(system(IMPORTER), "Dropped."):
        asked.state = "cancelled"
        asked.save()
    row = erased(cast)
    later = files.load(cast.a, files.table(OURS, files.row(Order_number="N7", Buyer="B7")))
    assert uploads.look_for_uploads() == 3
    assert not any(map(has_file, (named, book, asked)))
    assert all(map(has_file, (other, elsewhere, later)))
    row.refresh_from_db()
    assert (row.uploads, row.uploads_at is not None) == (3, True)
    version = named.history.latest()
    assert (version.history_user, version.history_change_reason, version.action) == (
        system("timer").user,
        uploads.NAMES,
        "erase.uploads",
    )
    text = page(client, cast.legal, "orders_erasure_change", row.pk)
    assert "3 that named the buyer were deleted." in text
    assert "All of that time were looked through." in text
    assert uploads.look_for_uploads() == 0
    assert verify().findings == []


def test_a_file_that_waits_for_a_person_goes_once_they_decided(client: Client, cast: Cast) -> None:
    with time_machine.travel(now() - AGO):
        files.load(cast.a, files.table(OURS))
        waiting = files.check(cast.a, files.table(OURS, OTHERS))
    row = erased(cast)
    assert uploads.look_for_uploads() == 1
    text = page(client, cast.legal, "orders_erasure_change", row.pk)
    assert "One that waits to be applied or dropped goes after that." in text
    assert has_file(waiting)
    runs.cancel(waiting, actor=system(IMPORTER))
    assert uploads.look_for_uploads() == 0  # it looks again after an hour
    cache.clear()
    assert uploads.look_for_uploads() == 1
    assert not has_file(waiting)
    row.refresh_from_db()
    assert (row.uploads, row.uploads_at is not None) == (2, True)


def test_what_cannot_be_read_any_more_might_name_anybody(cast: Cast) -> None:
    with time_machine.travel(now() - AGO):
        files.load(cast.a, files.table(OURS))
        refused = files.check(cast.a, b"\x89PNG, and whatever is in it")
    assert refused.state == "refused"
    erased(cast)
    assert uploads.look_for_uploads() == 2
    assert not has_file(refused)


def test_exports_that_may_show_who_was_erased_end_before_their_time(cast: Cast) -> None:
    with time_machine.travel(now() - AGO):
        files.load(cast.a, files.table(OURS))
    shows = made_for(cast.manager, "orders.order")
    elsewhere = made_for(cast.manager, "orders.order")
    with recorded(system(IMPORTER), "Of another store alone."):
        elsewhere.stores = [cast.a2.pk]
        elsewhere.save()
    erased(cast)
    later = made_for(cast.manager, "orders.order")
    uploads.look_for_uploads()
    states = [type(run).objects.get(pk=run.pk).state for run in (shows, elsewhere, later)]
    assert states == ["expired", "ready", "ready"]
    assert shows.history.latest().history_change_reason == uploads.MAY_NAME
