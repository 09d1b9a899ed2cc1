"""Every check of the verifier is needed: without it something that was done goes unseen."""

import random
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.db import connection

from backoffice.actors import person
from backoffice.audit.bulk import create_many
from backoffice.audit.log import checkpoints, notes, tree, verifying
from backoffice.audit.log.anchors import Folder
from backoffice.audit.log.models import Anchoring, Checkpoint, Leaf
from backoffice.audit.log.notes import Note, SigningKey
from backoffice.audit.log.rows import stored
from backoffice.audit.log.sealing import seal
from backoffice.audit.log.ticking import seal_at_tick
from backoffice.audit.log.verifying import CHECKS, verify_log
from backoffice.audit.recording import recorded
from backoffice.clock import now
from merchants.models import Store, Supplier
from tests.audit.log.tampering import agree_leaves, of, sql, tamper
from tests.cast import Cast
from tests.flushing import unguarded

pytestmark = pytest.mark.django_db
Doing = Callable[[Cast, LazySettings], Note | None]


def rename(cast: Cast, name: str = "Renamed") -> None:
    with recorded(person(cast.platform), "The shop moved."):
        cast.a.name = name
        cast.a.save()


@pytest.fixture
def sealed(cast: Cast) -> Cast:
    """Some history under three checkpoints, with a whole node."""
    seal_at_tick()
    rows = [
        Supplier(merchant=cast.merchant, code=f"s{n}", name=f"Supplier {n}") for n in range(260)
    ]
    with recorded(person(cast.manager), "Many."):
        create_many(rows)
    seal_at_tick()
    rename(cast)
    seal_at_tick()
    return cast


def middle() -> Checkpoint:
    return Checkpoint.objects.all()[1]


def first(settings: LazySettings) -> Folder:
    return Folder(settings.AUDIT_ANCHORS[0])


def take_a_row(cast: Cast, settings: LazySettings) -> None:
    tamper("delete", random.Random(1), thorough=False)


def change_a_row(cast: Cast, settings: LazySettings) -> None:
    tamper("edit", random.Random(1), thorough=False)


def take_row_and_leaf(cast: Cast, settings: LazySettings) -> None:
    """Of what no checkpoint covers yet."""
    for n in range(3):
        rename(cast, f"Name {n}")
    seal()
    leaf = stored(tree.size() - 2, tree.size() - 1)[0]
    source, _row = of(leaf)
    with unguarded():
        sql(f"DELETE FROM {source.table} WHERE {source.key} = %s", leaf.row)
        sql('DELETE FROM backoffice_leaf WHERE "index" = %s', leaf.at)


def write_yesterdays_version(cast: Cast, settings: LazySettings) -> None:
    with unguarded():
        version = Store.history.filter(id=cast.a.pk).latest()
        version.pk, version.history_number = version.pk + 1, version.history_number + 1
        version.history_date = now() - timedelta(days=40)
        Store.history.bulk_create([version])
    seal_at_tick()


def change_a_node(cast: Cast, settings: LazySettings) -> None:
    with unguarded():
        sql("UPDATE backoffice_node SET hash = %s WHERE level = 1", bytes(32))


def put_an_old_checkpoint_last(cast: Cast, settings: LazySettings) -> None:
    with (first(settings).path / "checkpoints").open("a") as file:
        file.write(f"{Checkpoint.objects.first().note}\n")


def change_a_stored_root(cast: Cast, settings: LazySettings) -> None:
    settings.AUDIT_ANCHORS = []
    with unguarded():
        sql("UPDATE backoffice_checkpoint SET root = %s WHERE size = %s", bytes(32), middle().size)


def sign_with_another_key(cast: Cast, settings: LazySettings) -> None:
    size = middle().size - 1
    key = SigningKey.new("desk.example.com/history")
    note = notes.make(size, tree.edge(size).root(), now(), [key])
    Checkpoint.objects.create(size=size, root=note.root, at=now(), note=str(note))


def change_a_row_and_its_hashes(cast: Cast, settings: LazySettings) -> None:
    """All but what was signed, with nothing outside to compare with."""
    settings.AUDIT_ANCHORS = []
    done = tamper("edit", random.Random(1), thorough=False)
    with unguarded():
        agree_leaves(random.Random(1), done)


def take_a_checkpoint(cast: Cast, settings: LazySettings) -> None:
    size = middle().size
    with unguarded():
        sql("DELETE FROM backoffice_anchoring WHERE checkpoint_id = %s", size)
        sql("DELETE FROM backoffice_checkpoint WHERE size = %s", size)


def take_a_checkpoint_from_an_anchor(cast: Cast, settings: LazySettings) -> None:
    path = first(settings).path / "checkpoints"
    text = path.read_text()
    assert middle().note in text
    path.write_text(text.replace(middle().note, ""))


def put_back_an_older_database(cast: Cast, settings: LazySettings) -> None:
    tamper("replay", random.Random(1), thorough=False)
    for name in settings.AUDIT_ANCHORS:  # which rows they were is for another check
        (Folder(name).path / "leaves-000000").unlink()


def slip_a_row_in(cast: Cast, settings: LazySettings) -> None:
    tamper("insert", random.Random(1), thorough=False)


def begin_at_a_strangers_checkpoint(cast: Cast, settings: LazySettings) -> Note:
    key = SigningKey.new("desk.example.com/history")
    size = middle().size
    return notes.make(size, tree.edge(size).root(), now(), [key])


def lose_a_server(cast: Cast, settings: LazySettings) -> None:
    settings.AUDIT_ANCHORS = [*settings.AUDIT_ANCHORS, "http://127.0.0.1:9/history"]


# What is done, and a word or two by which the check that sees it says so.
SEEN: dict[str, tuple[Doing, str]] = {
    "missing": (take_a_row, "is gone"),
    "changed": (change_a_row, "was changed in"),
    "gaps": (take_row_and_leaf, "has no leaf"),
    "dated": (write_yesterdays_version, "long before it was sealed"),
    "nodes": (change_a_node, "another node of level 1"),
    "order": (put_an_old_checkpoint_last, "put after that of"),
    "notes": (change_a_stored_root, "a checkpoint that was changed in"),
    "signatures": (sign_with_another_key, "none of the known keys signed"),
    "roots": (change_a_row_and_its_hashes, "does not lead to the root"),
    "kept": (take_a_checkpoint, "lost by the database"),
    "anchored": (take_a_checkpoint_from_an_anchor, "lost by file:"),
    "lost": (put_back_an_older_database, "ends here"),
    "unsealed": (slip_a_row_in, "is not in the log"),
    "start": (begin_at_a_strangers_checkpoint, "verify all of history"),
    "readable": (lose_a_server, "cannot be compared"),
}


@pytest.mark.parametrize("check", SEEN)
def test_without_any_one_of_its_checks_something_goes_unseen(
    sealed: Cast, settings: LazySettings, check: str
) -> None:
    assert verify_log().findings.kept == []
    do, words = SEEN[check]
    since = do(sealed, settings)
    found = verify_log(since=since).findings.kept
    assert found
    assert all(words in finding.problem for finding in found), found
    assert verify_log(since=since, without=[check]).findings.kept == []


def test_without_the_list_outside_the_row_is_not_named(sealed: Cast) -> None:
    done = tamper("edit", random.Random(1), thorough=True)
    found = {(finding.model, finding.row) for finding in verify_log().findings.kept}
    assert done.rows <= found
    found = {
        (finding.model, finding.row) for finding in verify_log(without=["listed"]).findings.kept
    }
    assert found
    assert not done.rows & found


@pytest.mark.once
def test_every_check_is_tried() -> None:
    assert {*SEEN, "listed"} == set(CHECKS)


def test_a_list_that_was_touched_outside_names_nobody(sealed: Cast, settings: LazySettings) -> None:
    done = tamper("edit", random.Random(1), thorough=True)
    for name in settings.AUDIT_ANCHORS:
        path = Folder(name).path / "leaves-000000"
        path.write_text(path.read_text().replace("HistoricalSupplier 7 ", "HistoricalSupplier 8 "))
        lines = path.read_text().splitlines(keepends=True)
        path.write_text("".join(lines[:20] + lines[21:]))
    found = verify_log().findings.kept
    assert any("does not lead to the root" in finding.problem for finding in found)
    assert not done.rows & {(finding.model, finding.row) for finding in found}


def test_chunks_and_checkpoints_may_end_anywhere(
    sealed: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    for size in (1, 7, 64, 256):
        monkeypatch.setattr(verifying, "CHUNK", size)
        report = verify_log()
        assert (report.findings.kept, report.leaves) == ([], tree.size())
        assert report.checkpoints == 3


def test_what_is_written_and_signed_meanwhile_waits_for_the_next_time(
    sealed: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifying, "CHUNK", 64)

    def work_goes_on(done: int, total: int) -> None:
        rename(sealed, f"Name {done}")
        seal_at_tick()

    size = tree.size()
    report = verify_log(progress=work_goes_on)
    assert (report.findings.kept, report.leaves, report.held) == ([], size, size)
    assert tree.size() > size


def test_only_what_is_new_is_read_again(sealed: Cast) -> None:
    since = checkpoints.latest()
    rename(sealed, "New")
    seal_at_tick()
    report = verify_log(since=notes.read(since.note))
    assert (report.findings.kept, report.leaves, report.checkpoints) == ([], 1, 1)
    with unguarded():
        sql("UPDATE merchants_historicalstore SET name = 'Forged' WHERE name = 'New'")
    [found] = verify_log(since=notes.read(since.note)).findings.kept
    assert "was changed in name" in found.problem


def test_the_command_goes_on_from_a_checkpoint(sealed: Cast) -> None:
    sizes = list(Checkpoint.objects.values_list("size", flat=True))
    out = StringIO()
    call_command("verify_history", "--since-checkpoint", str(sizes[1]), stdout=out)
    assert (
        f"{sizes[2] - sizes[1]} leaves, 1 checkpoints up to {sizes[2]}, 0 findings"
        in out.getvalue()
    )
    with pytest.raises(CommandError, match="no checkpoint of 5 rows"):
        call_command("verify_history", "--since-checkpoint", "5")


def test_the_command_compares_with_checkpoints_that_somebody_kept(
    sealed: Cast, settings: LazySettings, tmp_path: Path
) -> None:
    kept = tmp_path / "mail.txt"
    kept.write_text(f"Subject: Checkpoint\n\n{checkpoints.latest().note}")
    tamper("replay", random.Random(1), thorough=False)
    settings.AUDIT_ANCHORS = []
    assert verify_log().findings.kept == []
    out = StringIO()
    with pytest.raises(CommandError, match="does not hold"):
        call_command("verify_history", "--checkpoints", str(kept), stdout=out)
    assert "ends here, and was signed with" in out.getvalue()
    kept.write_text("Nothing of the kind.")
    with pytest.raises(CommandError, match="There is no checkpoint in"):
        call_command("verify_history", "--checkpoints", str(kept))


@pytest.mark.postgres
def test_an_account_that_may_only_read_verifies(sealed: Cast) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE history_reader")
        cursor.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO history_reader")
        cursor.execute("SET LOCAL ROLE history_reader")
        out = StringIO()
        call_command("verify_history", stdout=out)
        cursor.execute("RESET ROLE")
    assert f"{Leaf.objects.count()} leaves, 3 checkpoints up to" in out.getvalue()
    assert Anchoring.objects.count() == 6
