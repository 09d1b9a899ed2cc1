"""Verifying what is new reads what is new: rows that were touched, checkpoints that came, and no more."""

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice.actors import person
from backoffice.audit.findings import Kind
from backoffice.audit.log import checkpoints, notes
from backoffice.audit.log.anchors import TAIL, Folder
from backoffice.audit.log.models import Checkpoint
from backoffice.audit.log.notes import SigningKey
from backoffice.audit.log.ticking import seal_at_tick
from backoffice.audit.log.verifying import verify_log
from backoffice.audit.recording import recorded
from backoffice.audit.verify import verify
from backoffice.clock import now
from merchants.models import Supplier
from tests.audit.log.sealed import kinds, rename
from tests.audit.log.tampering import sql
from tests.cast import Cast
from tests.flushing import unguarded

pytestmark = pytest.mark.django_db


def forge_name(table: str, row: int) -> None:
    with unguarded():
        sql(f"UPDATE {table} SET name = 'Forged' WHERE id = %s", row)


@pytest.fixture
def since(sealed: Cast) -> int:
    """A checkpoint of everything, after which one store was renamed."""
    size = checkpoints.signed_size()
    rename(sealed, "New")
    seal_at_tick()
    return size


def test_a_live_row_is_compared_where_something_new_was_written_of_it(
    sealed: Cast, since: int
) -> None:
    assert (verify(since=since).findings, verify(since=since).rows) == ([], 1)
    forge_name("merchants_store", sealed.a.pk)
    [found] = verify(since=since).findings
    assert (found.kind, found.row, found.values) == (Kind.DIFFERS, sealed.a.pk, {"column": "name"})


def test_a_live_row_that_was_not_touched_waits_for_everything(sealed: Cast, since: int) -> None:
    forge_name("merchants_store", sealed.b.pk)
    assert verify(since=since).findings == []
    assert kinds(verify().found) == {Kind.DIFFERS}


def test_versions_and_rows_that_are_gone_are_missed_where_something_is_new(
    sealed: Cast, since: int
) -> None:
    supplier = Supplier.objects.get(code="s7")
    with recorded(person(sealed.manager), "It moved."):
        supplier.save()
    seal_at_tick()
    with unguarded():
        sql("DELETE FROM merchants_historicalsupplier WHERE history_number = 1")
        sql("DELETE FROM merchants_supplier WHERE code IN ('s7', 's8')")
    found = verify(since=since).found
    assert kinds(found) == {Kind.LACKS, Kind.ORPHAN}
    assert {finding.row for finding in found.kept} == {supplier.pk}


def test_the_questions_are_about_what_is_new(sealed: Cast, since: int) -> None:
    last = checkpoints.signed_size()
    with CaptureQueriesContext(connection) as nothing:
        verify(since=last)
    with CaptureQueriesContext(connection) as one_row:
        verify(since=since)
    assert len(nothing) == 1
    assert len(one_row) <= 8


def questions() -> int:
    with CaptureQueriesContext(connection) as asked:
        assert verify_log().findings.kept == []
    return len(asked)


def test_many_checkpoints_are_no_more_questions_than_few(sealed: Cast) -> None:
    few, before = questions(), Checkpoint.objects.count()
    for n in range(12):
        rename(sealed, f"Name {n}")
        seal_at_tick()
    assert Checkpoint.objects.count() == before + 12
    assert questions() == few


def test_many_nodes_are_one_question_for_each_level(grown: Cast) -> None:
    with CaptureQueriesContext(connection) as asked:
        verify_log()
    about_nodes = [query for query in asked if "backoffice_node" in query["sql"]]
    assert len(about_nodes) == 1


@pytest.mark.once
def test_a_folder_is_not_read_from_its_beginning(tmp_path: Path, settings: LazySettings) -> None:
    key = SigningKey.new("desk.example.com/history")
    made = [notes.make(size, bytes(32), now(), [key]) for size in range(10, 3000, 10)]
    (tmp_path / "checkpoints").write_text("".join(f"{note}\n" for note in made))
    folder = Folder(f"file:{tmp_path}")
    assert list(folder.notes()) == made
    spare = TAIL * 2 // len(str(made[0]))
    for after in (1, 10, 15, 740, 1505, 2980, 2990, 9999):
        found = list(folder.notes(after))
        assert all(note.signers([key.public]) for note in found)
        newer = [note for note in made if note.size > after]
        assert found[len(found) - len(newer) :] == newer
        assert len(found) <= len(newer) + spare


def test_the_command_compares_the_rows_of_what_is_new(sealed: Cast, since: int, capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    call_command("verify_history", "--since-checkpoint", str(since))
    told = capsys.readouterr().out
    assert told.startswith("1 models, 1 rows, 1 versions, 1 leaves, 1 checkpoints up to ")
