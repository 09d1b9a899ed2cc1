"""Checkpoints are signed for what continues the last one, and left outside until each anchor took them."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from backoffice.actors import person
from backoffice.audit.log import anchoring, anchors, checkpoints, notes, tree
from backoffice.audit.log.anchors import Folder
from backoffice.audit.log.checkpoints import LogForked
from backoffice.audit.log.checks import history_is_signed, keys_can_be_read
from backoffice.audit.log.keys import public_keys, signing_keys
from backoffice.audit.log.merkle import is_consistent
from backoffice.audit.log.models import Anchoring, Checkpoint, Leaf, Node
from backoffice.audit.log.notes import SigningKey
from backoffice.audit.log.sealing import seal
from backoffice.audit.log.ticking import seal_at_tick
from backoffice.audit.recording import recorded
from tests.cast import Cast
from tests.flushing import unguarded

pytestmark = pytest.mark.django_db


def write(cast: Cast, count: int = 1) -> None:
    for n in range(count):
        with recorded(person(cast.platform), "The shop moved."):
            cast.a.name = f"Name {n}"
            cast.a.save()


def folders(settings: LazySettings) -> list[Folder]:
    return [Folder(name) for name in settings.AUDIT_ANCHORS]


def test_a_tick_seals_signs_and_anchors(cast: Cast, settings: LazySettings) -> None:
    seal_at_tick()
    checkpoint = Checkpoint.objects.get()
    note = notes.read(checkpoint.note)
    assert checkpoint.size == note.size == Leaf.objects.count() == tree.size()
    assert note.root == bytes(checkpoint.root) == tree.edge(note.size).root()
    assert note.signers(public_keys()) == [signing_keys()[0].public]
    for folder in folders(settings):
        assert list(folder.notes()) == [note] == [folder.newest()]
        listed = list(folder.leaves(0, note.size))
        assert [leaf.index for leaf in listed] == list(range(note.size))
        assert [leaf.hash for leaf in listed] == [
            bytes(found) for found in Leaf.objects.order_by("index").values_list("hash", flat=True)
        ]
    assert Anchoring.objects.count() == 2


def test_nothing_new_is_not_signed_again(cast: Cast, settings: LazySettings) -> None:
    for _turn in range(3):
        seal_at_tick()
    assert Checkpoint.objects.count() == 1
    write(cast)
    settings.AUDIT_CHECKPOINT_SECONDS = 3600
    seal_at_tick()
    assert Checkpoint.objects.count() == 1
    settings.AUDIT_CHECKPOINT_SECONDS = 0
    seal_at_tick()
    assert Checkpoint.objects.count() == 2


def test_the_first_checkpoints_are_proven_to_be_the_beginning_of_the_last(cast: Cast) -> None:
    for _turn in range(4):
        write(cast, 3)
        seal_at_tick()
    *earlier, last = Checkpoint.objects.all()
    for old in earlier:
        proof = tree.consistency(old.size, last.size)
        assert is_consistent(old.size, last.size, bytes(old.root), bytes(last.root), proof)


def test_without_a_key_rows_are_sealed_and_nothing_is_signed(
    cast: Cast, settings: LazySettings
) -> None:
    settings.AUDIT_SIGNING_KEYS, settings.AUDIT_SIGNING_KEY_FILE = [], ""
    seal_at_tick()
    assert (Leaf.objects.exists(), Checkpoint.objects.exists()) == (True, False)
    with pytest.raises(CommandError, match="no key to sign"):
        call_command("seal_history", stdout=StringIO())


def test_hashes_that_were_changed_are_not_signed(
    cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    write(cast, 300)
    seal_at_tick()
    with unguarded():
        Node.objects.update(hash=bytes(32))
    write(cast)
    seal_at_tick()
    assert Checkpoint.objects.count() == 1
    assert "are not those that were signed" in caplog.text


def test_an_older_state_of_the_database_is_not_signed(cast: Cast, settings: LazySettings) -> None:
    seal_at_tick()
    write(cast)
    seal_at_tick()
    with unguarded():
        Anchoring.objects.all()._raw_delete("default")
        Checkpoint.objects.filter(pk=checkpoints.latest().pk)._raw_delete("default")
    write(cast)
    with pytest.raises(LogForked, match="which the database does not know"):
        checkpoints.sign()
    with pytest.raises(CommandError, match="which the database does not know"):
        call_command("seal_history", stdout=StringIO())


def test_a_checkpoint_of_a_stranger_is_not_continued(cast: Cast, settings: LazySettings) -> None:
    seal_at_tick()
    settings.AUDIT_SIGNING_KEYS = [SigningKey.new("desk.example.com/history").written()]
    write(cast)
    seal()
    with pytest.raises(LogForked, match="not signed by a key that we know"):
        checkpoints.sign()


def test_keys_are_rotated_by_signing_with_both(cast: Cast, settings: LazySettings) -> None:
    old, new = settings.AUDIT_SIGNING_KEYS[0], SigningKey.new("desk.example.com/history").written()
    for keys in ([old], [new, old], [new]):
        settings.AUDIT_SIGNING_KEYS = keys
        settings.AUDIT_PUBLIC_KEYS = [str(SigningKey.read(old).public)]
        write(cast)
        seal_at_tick()
    signed = [notes.read(checkpoint.note) for checkpoint in Checkpoint.objects.all()]
    assert [len(note.signatures) for note in signed] == [1, 2, 1]
    assert all(note.signers(public_keys()) for note in signed)


def test_an_anchor_that_was_away_gets_everything_later(
    cast: Cast, settings: LazySettings, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = folders(settings)
    second.path.write_text("A file where the folder should be.")
    for _turn in range(3):
        write(cast)
        seal_at_tick()
    assert (len(list(first.notes())), anchoring.last_anchored(second)) == (3, None)
    assert "did not take a checkpoint" in caplog.text
    assert anchoring.trouble_of(second)
    second.path.unlink()
    assert anchoring.anchor_all() == 3
    assert list(second.notes()) == list(first.notes())
    assert list(second.leaves(0, 9999)) == list(first.leaves(0, 9999))
    assert anchoring.trouble_of(second) == ""


def test_a_crash_between_the_anchor_and_the_database_leaves_nothing_double(
    cast: Cast, settings: LazySettings
) -> None:
    seal_at_tick()
    first = folders(settings)[0]
    before = list(first.leaves(0, 9999))
    with unguarded():
        Anchoring.objects.all()._raw_delete("default")
    with (first.path / "leaves-000000").open("a") as file:
        file.write("17 refunds.HistoricalRef")  # and the power was gone
    anchoring.anchor_all()
    assert list(first.leaves(0, 9999)) == before
    assert len(set(first.notes())) == 1


def test_leaves_of_many_files_are_read_from_any_of_them(
    cast: Cast, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(anchors, "BLOCK", 10)
    write(cast, 30)
    seal_at_tick()
    first = folders(settings)[0]
    assert len(list(first.path.glob("leaves-*"))) >= 4
    for start, end in ((0, 30), (9, 11), (10, 20), (25, 26), (5, 5)):
        assert [leaf.index for leaf in first.leaves(start, end)] == list(range(start, end))


def test_a_mailbox_gets_the_checkpoint(cast: Cast, settings: LazySettings) -> None:
    settings.AUDIT_ANCHORS = ["mailto:auditor@example.com"]
    seal_at_tick()
    [sent] = mail.outbox
    assert sent.to == ["auditor@example.com"]
    [note] = notes.found_in(sent.body.splitlines())
    assert str(note) == checkpoints.latest().note


class Store(BaseHTTPRequestHandler):
    kept: dict[str, bytes] = {}

    def do_PUT(self) -> None:
        self.kept[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()

    def do_GET(self) -> None:
        self.send_response(200 if self.path in self.kept else 404)
        self.end_headers()
        self.wfile.write(self.kept.get(self.path, b""))

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


def test_a_server_gets_each_checkpoint_and_gives_the_latest(
    cast: Cast, settings: LazySettings
) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Store)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.AUDIT_ANCHORS = [f"http://127.0.0.1:{server.server_port}/history"]
    try:
        [anchor] = anchors.anchors()
        assert anchor.newest() is None
        for _turn in range(2):
            write(cast)
            seal_at_tick()
        assert str(anchor.newest()) == checkpoints.latest().note
        sizes = list(Checkpoint.objects.values_list("size", flat=True))
        assert set(Store.kept) == {f"/history/{name}" for name in (*sizes, "latest")}
    finally:
        server.shutdown()
        server.server_close()
    write(cast)
    seal_at_tick()
    assert anchoring.trouble_of(anchor)


@pytest.mark.once
@pytest.mark.parametrize("name", ["", "file:", "ftp://example.com", "var/anchors"])
def test_an_anchor_of_no_kind_is_refused_with_a_sentence(settings: LazySettings, name: str) -> None:
    settings.AUDIT_ANCHORS = [name]
    with pytest.raises(ImproperlyConfigured, match="An anchor is"):
        anchors.anchors()


@pytest.mark.once
def test_a_trial_makes_its_key_once_and_nobody_else_reads_it(
    settings: LazySettings, tmp_path: Path
) -> None:
    settings.AUDIT_SIGNING_KEYS, settings.DEBUG = [], True
    settings.AUDIT_SIGNING_KEY_FILE = str(tmp_path / "key")
    [made] = signing_keys()
    assert signing_keys() == [made]
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


@pytest.mark.once
def test_a_key_is_made_kept_and_shown(settings: LazySettings, tmp_path: Path) -> None:
    out = StringIO()
    call_command("audit_key", "make", "--name", "a/b", "--file", str(tmp_path / "k"), stdout=out)
    key = SigningKey.read((tmp_path / "k").read_text().strip())
    assert out.getvalue() == f"AUDIT_PUBLIC_KEYS={key.public}\n"
    with pytest.raises(CommandError, match="never overwritten"):
        call_command("audit_key", "make", "--name", "a/b", "--file", str(tmp_path / "k"))
    settings.AUDIT_SIGNING_KEYS = [key.written()]
    out = StringIO()
    call_command("audit_key", "show", stdout=out)
    assert out.getvalue() == f"{key.public}  (signs)\n"
    with pytest.raises(CommandError, match="one word"):
        call_command("audit_key", "make", "--name", "two words")


@pytest.mark.once
def test_production_asks_for_a_key_and_for_anchors_outside(settings: LazySettings) -> None:
    assert history_is_signed() == []
    settings.AUDIT_SIGNING_KEYS, settings.AUDIT_SIGNING_KEY_FILE = [], ""
    settings.AUDIT_ANCHORS = [f"file:{settings.DATA_DIR}/anchors"]
    assert [found.id for found in history_is_signed()] == ["backoffice.E003", "backoffice.W004"]
    assert keys_can_be_read() == []
    settings.AUDIT_SIGNING_KEYS = ["nonsense"]
    assert [found.id for found in keys_can_be_read()] == ["backoffice.E002"]
