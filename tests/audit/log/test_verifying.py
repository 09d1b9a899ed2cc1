"""The verifier reads what it has to, compares with whatever was kept, and goes on from where it was."""

import random
from io import StringIO
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from backoffice.audit.findings import Kind
from backoffice.audit.log import checkpoints, notes, tree, verifying
from backoffice.audit.log.anchors import Folder
from backoffice.audit.log.given import Given
from backoffice.audit.log.models import Checkpoint
from backoffice.audit.log.notes import SigningKey
from backoffice.audit.log.ticking import seal_at_tick
from backoffice.audit.log.verifying import verify_log
from backoffice.clock import now
from tests.audit.log.sealed import kinds, rename, rows
from tests.audit.log.tampering import sql, tamper
from tests.cast import Cast
from tests.flushing import unguarded

pytestmark = pytest.mark.django_db


def test_a_list_that_was_touched_outside_names_nobody(sealed: Cast, settings: LazySettings) -> None:
    done = tamper("edit", random.Random(1), thorough=True)
    for name in settings.AUDIT_ANCHORS:
        path = Folder(name).path / "leaves-000000"
        path.write_text(path.read_text().replace("HistoricalSupplier 7 ", "HistoricalSupplier 8 "))
        lines = path.read_text().splitlines(keepends=True)
        path.write_text("".join(lines[:20] + lines[21:]))
    found = verify_log().findings
    assert Kind.ROOT in kinds(found)
    assert not done.rows & rows(found)


def test_chunks_and_checkpoints_may_end_anywhere(
    grown: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    for size in (7, 64, 256):
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
    assert "rows, and was signed with" in out.getvalue()
    kept.write_text("Nothing of the kind.")
    with pytest.raises(CommandError, match="There is no checkpoint in"):
        call_command("verify_history", "--checkpoints", str(kept))


@pytest.mark.once
def test_a_mailbox_is_read_in_the_order_of_its_checkpoints_whatever_stands_between(
    tmp_path: Path,
) -> None:
    key = SigningKey.new("desk.example.com/history")
    made = {size: notes.make(size, bytes(32), now(), [key]) for size in (30, 10, 20, 15)}
    between = "From: desk\nSubject: Checkpoint\n\n"
    box = tmp_path / "box"
    box.write_text("".join(f"{between}{note}--\nBe well.\n" for note in made.values()), "utf-8")
    given = Given(box)
    assert (len(given), given.largest) == (4, 30)
    assert [note.size for note in given.notes()] == [10, 15, 20, 30]
    assert list(given.notes(15)) == [made[20], made[30]]
    box.write_bytes(b"\xff Nothing of the kind.\n\n\xe2\x80\x94 nobody AAAA\n")
    assert len(Given(box)) == 0
