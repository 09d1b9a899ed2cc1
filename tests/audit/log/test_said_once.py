"""What went wrong once is told once, in a sentence, however many rows of the log it is about."""

import shutil
from io import StringIO
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.db import transaction

from backoffice.audit.findings import MANY, Findings, Kind
from backoffice.audit.log.anchors import Folder
from backoffice.audit.log.checks import keys_can_be_read
from backoffice.audit.log.models import Checkpoint
from backoffice.audit.log.notes import SigningKey
from backoffice.audit.log.verifying import verify_log
from tests.audit.log.sealed import rename
from tests.audit.log.tampering import sql
from tests.cast import Cast
from tests.flushing import unguarded

pytestmark = pytest.mark.django_db


def sentences(sealed: Cast) -> list[str]:
    """What the auditor reads in the terminal."""
    out = StringIO()
    with pytest.raises(CommandError, match="does not hold"):
        call_command("verify_history", stdout=out)
    return out.getvalue().splitlines()[:-1]


def sizes() -> list[int]:
    return list(Checkpoint.objects.values_list("size", flat=True))


def test_an_anchor_that_was_lost(sealed: Cast, settings: LazySettings) -> None:
    first, last = sizes()[0], sizes()[-1]
    name = settings.AUDIT_ANCHORS[0]
    shutil.rmtree(Folder(name).path)
    assert sentences(sealed) == [
        f"3 checkpoints, of {first} to {last} rows, were lost by {name}, which had taken them."
    ]


def test_an_anchor_whose_end_was_cut_off(sealed: Cast, settings: LazySettings) -> None:
    name = settings.AUDIT_ANCHORS[1]
    path = Folder(name).path / "checkpoints"
    path.write_text(path.read_text()[:-150])
    [said] = sentences(sealed)
    assert said == f"The checkpoint of {sizes()[-1]} rows was lost by {name}, which had taken it."


def test_an_old_key_that_nobody_knows_any_more(sealed: Cast, settings: LazySettings) -> None:
    settings.AUDIT_SIGNING_KEYS = [SigningKey.new("desk.example.com/history").written()]
    [said] = sentences(sealed)
    assert said.startswith(f"None of the known keys signed 3 checkpoints, of {sizes()[0]} to ")
    assert said.endswith("AUDIT_PUBLIC_KEYS lacks the old public key.")


def test_a_log_that_was_emptied(sealed: Cast, settings: LazySettings) -> None:
    size = sizes()[-1]
    with unguarded():
        for table in ("anchoring", "checkpoint", "node", "leaf"):
            sql(f"DELETE FROM backoffice_{table}")
    [said] = sentences(sealed)
    assert said.startswith(f"The log ends after 0 rows, and was signed with {size}, says ")


def test_a_log_that_was_emptied_names_the_rows_that_were_changed_along_with_it(
    sealed: Cast,
) -> None:
    with unguarded():
        sql("UPDATE merchants_historicalstore SET name = 'Forged' WHERE name = 'Renamed'")
        for table in ("anchoring", "checkpoint", "node", "leaf"):
            sql(f"DELETE FROM backoffice_{table}")
    said = " ".join(sentences(sealed))
    assert "merchants.HistoricalStore" in said
    assert "was rewritten in name (leaf" in said


def test_checkpoints_that_the_database_lost_or_changed(sealed: Cast) -> None:
    with unguarded():
        sql("UPDATE backoffice_checkpoint SET note = 'None.'")
    [forged, dropped] = sentences(sealed)
    assert forged.startswith("3 checkpoints, of ")
    assert forged.endswith("were changed in the database.")
    assert dropped.startswith("The database lost 3 checkpoints, of ")


def test_tables_that_were_taken_away(sealed: Cast) -> None:
    with unguarded():
        sql("ALTER TABLE backoffice_leaf RENAME TO elsewhere")
        words = r"History cannot be read: .*backoffice_leaf.*anchors"
        with pytest.raises(CommandError, match=words), transaction.atomic():
            call_command("verify_history", stdout=StringIO())
        with pytest.raises(CommandError, match="cannot be sealed: "), transaction.atomic():
            call_command("seal_history", stdout=StringIO())
        sql("ALTER TABLE elsewhere RENAME TO backoffice_leaf")


def test_with_no_list_of_leaves_it_says_that_rows_cannot_be_named(
    sealed: Cast, settings: LazySettings
) -> None:
    rename(sealed, "Last")
    settings.AUDIT_ANCHORS = []
    with unguarded():
        sql('DELETE FROM backoffice_leaf WHERE "index" = 3')
    said = [finding.sentence for finding in verify_log().findings.kept]
    assert said[0] == "The log has no leaf at place 3."
    assert said[1].startswith("The first ")
    assert said[-1].startswith("Which rows after the first 0 they are cannot be said")


@pytest.mark.once
def test_what_has_a_sentence_for_many_says_how_many_and_from_where_to_where() -> None:
    for kind in map(Kind, MANY):
        found = Findings()
        for row in (5, 3, 9):
            found.say(kind, "log", row, keepers=["here"], level=1, size=7)
        [only] = found.kept
        assert (found.count, only.row, only.values["last"], only.values["count"]) == (1, 3, 9, 3)
        assert "3" in only.problem
        assert "9" in only.problem


@pytest.mark.once
def test_a_key_that_everybody_can_read_is_said_at_the_start(
    settings: LazySettings, tmp_path: Path
) -> None:
    path = tmp_path / "key"
    path.write_text(settings.AUDIT_SIGNING_KEYS[0])
    settings.AUDIT_SIGNING_KEYS, settings.AUDIT_SIGNING_KEY_FILE = [], str(path)
    path.chmod(0o644)
    [warning] = keys_can_be_read()
    assert (warning.id, str(path) in warning.msg) == ("backoffice.W005", True)
    path.chmod(0o640)
    assert keys_can_be_read() == []
