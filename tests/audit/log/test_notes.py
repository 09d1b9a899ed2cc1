"""Notes and keys are those of C2SP and of Go's sumdb/note; what is not whole is not believed."""

from datetime import UTC, datetime

import pytest

from backoffice.audit.log import notes
from backoffice.audit.log.notes import BadKey, BadNote, PublicKey, SigningKey

pytestmark = pytest.mark.once

# The example of Go's package sumdb/note.
SIGNING = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
SIGNATURE = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ROOT = bytes(range(32))


def test_keys_and_signatures_are_those_of_the_well_known_example() -> None:
    key = SigningKey.read(SIGNING)
    assert (key.written(), str(key.public)) == (SIGNING, PUBLIC)
    assert PublicKey.read(PUBLIC) == key.public
    assert key.sign(TEXT) == SIGNATURE


def test_a_checkpoint_reads_as_agreed() -> None:
    key = SigningKey.read(SIGNING)
    note = notes.make(7, ROOT, AT, [key])
    assert note.text == (
        "PeterNeumann\n7\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\ntime 2026-03-01T12:00:00Z\n"
    )
    assert str(note) == f"{note.text}\n{key.sign(note.text)}"
    assert notes.read(str(note)) == note
    assert (note.size, note.root, note.at) == (7, ROOT, AT)


def test_while_keys_are_rotated_each_of_them_is_enough() -> None:
    old, new, other = (SigningKey.new("desk.example.com/history") for _n in range(3))
    note = notes.make(7, ROOT, AT, [new, old])
    assert note.signers([old.public]) == [old.public]
    assert note.signers([new.public, other.public]) == [new.public]
    assert note.signers([other.public]) == []


def test_a_changed_checkpoint_is_signed_by_nobody() -> None:
    key = SigningKey.new("desk.example.com/history")
    written = str(notes.make(7, ROOT, AT, [key]))
    forged = notes.read(written.replace("\n7\n", "\n8\n"))
    assert forged.signers([key.public]) == []
    stranger = SigningKey.new("desk.example.com/history")
    assert notes.make(7, ROOT, AT, [stranger]).signers([key.public]) == []


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "desk\n7\n",
        TEXT + "\n" + SIGNATURE,
        "desk\n07\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n\n" + SIGNATURE,
        "desk\n7\nAAEC\n\n" + SIGNATURE,
        "desk\n7\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n\n— nobody\n",
    ],
)
def test_what_is_no_checkpoint_is_not_read(broken: str) -> None:
    with pytest.raises(BadNote):
        notes.read(broken)


def test_checkpoints_are_found_in_mails_and_files_of_many() -> None:
    key = SigningKey.new("desk.example.com/history")
    first, second = (notes.make(size, ROOT, AT, [key]) for size in (1, 2))
    text = f"Subject: Checkpoint\n\n{first}\n\n{second}\nBest regards\n\n— not a signature\nof anything\n"
    assert list(notes.found_in(text.splitlines(keepends=True))) == [first, second]
    assert list(notes.found_in(str(second).replace("\n", "\r\n").splitlines())) == [second]


@pytest.mark.parametrize(
    "text", ["", "name", "a+b+c", PUBLIC.replace("c74f", "c74e"), SIGNING, PUBLIC + "x"]
)
def test_what_is_no_public_key_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(BadKey, match=r"key"):
        PublicKey.read(text)


@pytest.mark.parametrize("text", ["", "name", PUBLIC, SIGNING.replace("Peter", "Paul")])
def test_what_is_no_signing_key_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(BadKey, match=r"key"):
        SigningKey.read(text)


def test_a_key_is_not_shown_by_accident() -> None:
    key = SigningKey.read(SIGNING)
    assert repr(key) == "SigningKey(name='PeterNeumann')"
    with pytest.raises(BadKey, match="one word"):
        SigningKey.new("two words")
