"""A proof is checked by a script alone: no software of ours, an empty folder, the public key."""

import base64
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from backoffice.actors import person
from backoffice.audit.log import checkpoints
from backoffice.audit.log.keys import public_keys
from backoffice.audit.log.notes import SigningKey
from backoffice.clock import now
from orders import erasing
from refunds.models import RefundCase
from refunds.workflow import perform
from tests.audit.log.tampering import sql
from tests.cast import Cast
from tests.flushing import unguarded
from tests.refunds.factories import fetch, make_case, make_order
from tests.refunds.files import photo

pytestmark = [pytest.mark.once, pytest.mark.django_db]


@pytest.fixture
def case(cast: Cast) -> RefundCase:
    """A case that was opened and approved, beside another one."""
    make_case(make_order(cast.a), cast.staff)
    case = make_case(make_order(cast.a), cast.staff)
    perform("approve", case_id=case.pk, actor=person(cast.staff))
    return fetch(case)


@pytest.fixture
def unpacked(case: RefundCase, tmp_path: Path) -> Path:
    """The case's proof in a folder of its own."""
    out = StringIO()
    call_command("prove_case", case.number, str(tmp_path / "proof.zip"), stdout=out)
    assert "rows of history were written" in out.getvalue()
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(tmp_path / "proof.zip") as archive:
        archive.extractall(folder)
    return folder


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-I", "verify.py", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONIOENCODING": "utf-8"},
    )
    return done.returncode, done.stdout + done.stderr


def test_a_proof_verifies_alone_and_tells_the_story(unpacked: Path, case: RefundCase) -> None:
    code, out = run(unpacked, "--key", str(public_keys()[0]))
    assert code == 0
    assert f"Proof of {case.number}, from the log desk.example.com/history" in out
    assert f"RefundCase {case.pk} v2  staff: " in out
    assert "HOLDS: all" in out
    assert "every version is here up to 2" in out
    assert "The key came with the proof" not in out
    assert "The key came with the proof" in run(unpacked)[1]


def test_a_proof_holds_every_version_of_the_case_and_its_parts(
    unpacked: Path, case: RefundCase
) -> None:
    rows = (unpacked / "rows").read_text().splitlines()
    labels = [row.split("\t")[1].split(" ")[0] for row in rows]
    assert labels.count("refunds.HistoricalRefundCase") == case.history.count() >= 2
    assert labels.count("refunds.HistoricalCaseLine") == sum(
        line.history.count() for line in case.lines.all()
    )
    assert labels.count("refunds.HistoricalPayout") == case.payouts.count() == 1
    assert set(labels) == set(json.loads((unpacked / "layouts.json").read_text()))


def test_it_states_how_many_versions_there_were_of_what(unpacked: Path, case: RefundCase) -> None:
    head, checkpoint, _time, *rows = (unpacked / "statement").read_text().partition("\n\n")[0].split("\n")  # fmt: skip
    assert head == f"all versions of {case.number}"
    assert checkpoint.split()[1:] == (unpacked / "checkpoint").read_text().split("\n")[1:3]
    assert f"refunds.HistoricalRefundCase {case.pk} {case.history.count()}" in rows
    assert sum(int(row.split()[2]) for row in rows) == len((unpacked / "rows").read_text().splitlines())  # fmt: skip


def test_a_row_that_is_not_its_last_version_has_no_whole_proof(case: RefundCase, tmp_path: Path) -> None:  # fmt: skip
    with unguarded():
        sql("UPDATE refunds_payout SET amount = 1 WHERE case_id = %s", case.pk)
    with pytest.raises(CommandError, match="does not hold, so there is no proof"):
        call_command("prove_case", case.number, str(tmp_path / "proof.zip"))


def test_a_proof_tells_of_files_and_of_who_was_erased(cast: Cast, tmp_path: Path) -> None:
    with time_machine.travel(now() - timedelta(days=40)):
        case = make_case(make_order(cast.a), cast.staff, reason_text="It came broken.")
        perform("attach", case_id=case.pk, actor=person(cast.staff), file=photo())
        perform("withdraw", case_id=case.pk, actor=person(cast.staff))
    row, brought = case.evidence.get(), tmp_path / "photo.jpg"
    brought.write_bytes(photo().read())
    (tmp_path / "other.jpg").write_bytes(b"Another picture.")

    def proof(name: str, *arguments: str) -> tuple[int, str]:
        call_command("prove_case", case.number, str(tmp_path / name), stdout=StringIO())
        with zipfile.ZipFile(tmp_path / name) as archive:
            archive.extract("verify.py", tmp_path)
        return run(tmp_path, name, "--key", str(public_keys()[0]), *arguments)

    code, out = proof("before.zip", "--file", "photo.jpg")
    assert (code, f"Evidence {row.pk} has a file with the SHA-256 {row.sha256}." in out) == (
        0,
        True,
    )
    assert f"photo.jpg is the file of Evidence {row.pk}." in out
    assert "Values that begin with sealed1: are a buyer's personal data" in out
    code, out = proof("again.zip", "--file", "other.jpg")
    assert (code, "other.jpg is in none of these rows." in out) == (1, True)
    asked = erasing.ask(order_id=case.order_id, actor=person(cast.platform), reason="By letter.")
    erasing.confirm(erasure_id=asked.pk, actor=person(cast.legal))
    assert run(tmp_path, "before.zip", "--key", str(public_keys()[0]))[0] == 0
    code, out = proof("after.zip", "--file", "photo.jpg")
    assert code == 0
    assert f"Evidence {row.pk} had a file, which was deleted by version 2: with the buyer's" in out
    assert f"photo.jpg is the file of Evidence {row.pk}." in out
    assert "HOLDS: all" in out


def test_the_file_itself_is_verified_too(unpacked: Path) -> None:
    assert run(unpacked, "../proof.zip")[0] == 0


def test_a_strangers_key_does_not_do(unpacked: Path) -> None:
    stranger = SigningKey.new("desk.example.com/history").public
    code, out = run(unpacked, "--key", str(stranger))
    assert (code, "is not signed by desk.example.com/history+" in out) == (1, True)


def test_a_key_that_is_not_named_as_one_is_not_passed_over(unpacked: Path) -> None:
    code, out = run(unpacked, "../proof.zip", str(public_keys()[0]))
    assert (code, "unrecognized arguments" in out, "HOLDS" in out) == (2, True, False)


def test_what_is_no_proof_is_said_in_a_sentence(unpacked: Path) -> None:
    for name in ("../missing.zip", "rows"):
        code, out = run(unpacked, name)
        assert (code, "there is no whole proof here" in out, "Error" in out) == (2, True, False)


def change(name: str, how: Callable[[str], str]) -> Callable[[Path], None]:
    def forge(folder: Path) -> None:
        path = folder / name
        before = path.read_text()
        path.write_text(how(before))
        assert path.read_text() != before

    return forge


def both(which: Callable[[list[int]], list[int]]) -> Callable[[Path], None]:
    """The rows and their hashes alike, as lines in another order or number."""

    def forge(folder: Path) -> None:
        rows = (folder / "rows").read_text().splitlines(keepends=True)
        cases = [n for n, row in enumerate(rows) if "HistoricalRefundCase" in row]
        chosen = which([cases[0], len(rows), cases[-1]])
        for name in ("rows", "proofs"):
            lines = (folder / name).read_text().splitlines(keepends=True)
            (folder / name).write_text("".join(lines[n] for n in chosen))

    return forge


def without_last_line(text: str) -> str:
    return "".join(text.splitlines(keepends=True)[:-1])


def with_another_root(note: str) -> str:
    lines = note.split("\n")
    lines[2] = base64.b64encode(bytes(32)).decode()
    return "\n".join(lines)


FORGERIES = {
    "a row": (change("rows", lambda rows: rows.replace("50.00", "5000.00")), "is not what was"),
    "an actor": (change("rows", lambda rows: rows.replace("staff", "boss")), "is not what was"),
    "a row left out": (
        both(lambda known: [n for n in range(known[1]) if n != known[0]]),
        "left out of this proof",
    ),
    "all rows left out": (both(lambda _known: []), "no row in this proof"),
    "a row twice": (both(lambda known: sorted([0, *range(known[1])])), "is there twice"),
    "rows in another order": (both(lambda known: [1, 0, *range(2, known[1])]), "out of its order"),
    "a row without hashes": (change("proofs", without_last_line), "not those that the hashes"),
    "the root": (change("checkpoint", with_another_root), "is not signed by"),
    "the layout": (change("layouts.json", lambda text: text.replace('"id",', "")), "has not the"),
    "a hash": (
        change("proofs", lambda text: text.translate(str.maketrans("AB", "BA"))),
        "is not what was",
    ),
    "what it is": (change("proof.json", lambda text: text.replace('"whole"', '"none"')), "'whole'"),
    "the newest version left out": (
        both(lambda known: [n for n in range(known[1]) if n != known[2]]),
        "left out of this proof",
    ),
    "how many there were": (
        change("statement", lambda text: re.sub(r"(RefundCase \d+) 2", r"\1 1", text)),
        "The statement of what is here is not signed",
    ),
    "an object left out of the statement": (
        change("statement", lambda text: re.sub(r"refunds.HistoricalPayout .*\n", "", text)),
        "does not name refunds.HistoricalPayout",
    ),
    "what is stated": (
        change("proof.json", lambda text: text.replace('"title": "', '"title": "Another ')),
        "is about something else",
    ),
    "the statement": (lambda folder: (folder / "statement").unlink(), "no whole proof here"),
}


@pytest.mark.parametrize("what", FORGERIES)
def test_what_was_forged_in_a_proof_is_told(unpacked: Path, what: str) -> None:
    forge, words = FORGERIES[what]
    forge(unpacked)
    code, out = run(unpacked, "--key", str(public_keys()[0]))
    assert code in (1, 2)
    assert "DOES NOT HOLD" in out
    assert words in out


def test_without_a_key_there_is_no_proof(
    case: RefundCase, settings: LazySettings, tmp_path: Path
) -> None:
    settings.AUDIT_SIGNING_KEYS = []
    with pytest.raises(CommandError, match="Nothing is signed yet"):
        call_command("prove_case", case.number, str(tmp_path / "proof.zip"))
    assert not (tmp_path / "proof.zip").exists()
    assert checkpoints.latest() is None


def test_no_file_is_overwritten_and_no_case_invented(case: RefundCase, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("Mine.")
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("prove_case", case.number, str(tmp_path / "there"))
    with pytest.raises(CommandError, match="There is no case"):
        call_command("prove_case", "R-none", str(tmp_path / "proof.zip"))
    assert (tmp_path / "there").read_text() == "Mine."
