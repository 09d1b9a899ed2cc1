"""Checks a proof of history without the software that made it. Needs Python 3.8 or later, nothing else.

    python3 verify.py                        in the folder of the unpacked proof
    python3 verify.py proof.zip              or with the file itself
    python3 verify.py --key name+hash+key    with the public key that you were given
    python3 verify.py --file photo.jpg       and whether that is a file that the rows tell of

It believes one thing: the public key. With it, it checks the signature of the checkpoint; from the rows
and the hashes beside them, it computes the root that the checkpoint has to have.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
import zipfile
from itertools import zip_longest
from pathlib import Path
from typing import IO, Any, Iterator, Optional, Tuple

DASH = "\u2014 "
SEALED = "sealed1:"  # how a buyer's personal data begin
Point = Tuple[int, int, int, int]


# -- Ed25519, as section 6 of RFC 8032 has it.

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def add(one: Point, two: Point) -> Point:
    """The sum of two points of the curve."""
    a = (one[1] - one[0]) * (two[1] - two[0]) % P
    b = (one[1] + one[0]) * (two[1] + two[0]) % P
    c = 2 * one[3] * two[3] * D % P
    d = 2 * one[2] * two[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(times: int, point: Point) -> Point:
    """A point added to itself so many times."""
    found = (0, 1, 1, 0)
    while times:
        if times & 1:
            found = add(found, point)
        point = add(point, point)
        times >>= 1
    return found


def same(one: Point, two: Point) -> bool:
    """Whether two points are one."""
    x, y = one[0] * two[2] - two[0] * one[2], one[1] * two[2] - two[1] * one[2]
    return x % P == y % P == 0


def point_of(data: bytes) -> Optional[Point]:
    """The point that 32 bytes stand for, if they do."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def is_signed(key: bytes, text: bytes, signature: bytes) -> bool:
    """Whether ``signature`` is Ed25519's of ``text`` by ``key``."""
    if len(key) != 32 or len(signature) != 64:
        return False
    base, public, r = (
        point_of(one)
        for one in ((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"), key, signature[:32])
    )
    s = int.from_bytes(signature[32:], "little")
    if base is None or public is None or r is None or s >= ORDER:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + text).digest(), "little") % ORDER
    return same(multiply(s, base), add(r, multiply(h, public)))


# -- Signed notes and checkpoints, as C2SP has them.


def read_key(text: str) -> tuple[str, bytes, bytes]:
    """The name, the four bytes and the 32 bytes of a public key."""
    name, short, encoded = text.strip().split("+", 2)
    data = base64.b64decode(encoded, validate=True)
    found = hashlib.sha256(f"{name}\n".encode() + data).digest()[:4]
    if data[:1] != b"\x01" or len(data) != 33 or found.hex() != short:
        raise ValueError(f"This is no public key: {text}")
    return name, found, data[1:]


def signers(note: str, keys: list[str], *, of_log: bool = True) -> list[str]:
    """Those of ``keys`` that signed the note; a note ``of_log`` begins with the key's name."""
    text, _empty, signed = note.partition("\n\n")
    text += "\n"
    lines = [line[len(DASH) :].split(" ") for line in signed.splitlines() if line.startswith(DASH)]
    found = []
    for written in keys:
        name, short, key = read_key(written)
        for signer, encoded in (line for line in lines if len(line) == 2):
            data = base64.b64decode(encoded)
            ours = signer == name and data[:4] == short
            ours = ours and (not of_log or text.split("\n", 1)[0] == name)
            if ours and is_signed(key, text.encode(), data[4:]):
                found.append(written)
    return found


# -- The Merkle tree, as RFC 6962 has it.


def leaf_hash(data: bytes) -> bytes:
    """The hash of a row."""
    return hashlib.sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees."""
    return hashlib.sha256(b"\1" + left + right).digest()


def root_of(index: int, size: int, leaf: bytes, proof: list[bytes]) -> Optional[bytes]:
    """The root that the proof leads to (RFC 9162, section 2.1.3.2), if it has the right length."""
    here, last, found = index, size - 1, leaf
    for beside in proof:
        if last == 0:
            return None
        if here & 1 or here == last:
            found = node_hash(beside, found)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            found = node_hash(found, beside)
        here, last = here >> 1, last >> 1
    return found if last == 0 and 0 <= index < size else None


# -- The proof.


class Proof:
    """What is in the folder or the file."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.archive = None if place.is_dir() else zipfile.ZipFile(place)
        self.about = json.loads(self.read("proof.json"))
        self.note = self.read("checkpoint")
        self.layouts = json.loads(self.read("layouts.json"))

    def open(self, name: str) -> IO[bytes]:
        """One of its parts."""
        return self.archive.open(name) if self.archive else (self.place / name).open("rb")

    def read(self, name: str) -> str:
        """The text of one of its parts."""
        with self.open(name) as part:
            return part.read().decode("utf-8")

    def lines(self, name: str) -> Iterator[str]:
        """The lines of one of its parts, one after the other: there may be many."""
        with self.open(name) as part:
            for line in part:
                yield line.decode("utf-8").rstrip("\n")

    def columns(self, row: str) -> tuple[str, dict[str, Any]]:
        """The table and the columns of a row, by name."""
        index, head, *values = row.split("\t")
        label, layout = head.split(" ")
        names = self.layouts[label][layout]
        if len(names) != len(values):
            raise ValueError(f"Row {index} has not the columns of its layout.")
        return label, dict(zip(names, map(plain, values)))


def plain(value: str) -> Optional[str]:
    """A value as a person reads it; ``None`` for nothing."""
    if value == "\\N":
        return None
    escapes = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
    found, letters = "", iter(value)
    for letter in letters:
        after = next(letters, "") if letter == "\\" else ""
        found += escapes.get(after, after) if letter == "\\" else letter
    return found


WHOLE = """WHOLE: of all {} things that it names, every version is here up to {}, as was signed.
That nothing else belongs to it is said by who signed. What was changed later, only a later proof shows."""
PART = """NOT PROVEN: that these are all. They are the versions that somebody searched for; others may have been
left out: of the same rows, or of rows that the search should have found."""


class Check:
    """Goes through the rows once: says what does not hold, and notes what the rows tell."""

    def __init__(self, proof: Proof, keys: list[str]) -> None:
        self.proof, self.keys, self.rows, self.stated_at = proof, keys, 0, ""
        self.story: list[tuple[str, str]] = []
        self.numbers: dict[tuple[str, str], list[int]] = {}
        self.files: dict[str, tuple[int, dict[str, Any]]] = {}
        self.sealed = False

    def problems(self) -> Iterator[str]:
        """What does not hold, a sentence each."""
        if not signers(self.proof.note, self.keys):
            yield f"The checkpoint is not signed by {' or '.join(self.keys)}."
        yield from self._rows()
        if not self.rows:
            yield "There is no row in this proof."
        if self.proof.about["whole"]:
            yield from self._whole()

    def _rows(self) -> Iterator[str]:
        _name, size, encoded = self.proof.note.split("\n")[:3]
        root, last = base64.b64decode(encoded), -1
        pairs = zip_longest(self.proof.lines("rows"), self.proof.lines("proofs"), fillvalue="")
        for row, beside in pairs:
            index, _tab, data = row.partition("\t")
            proven, _tab, written = beside.partition("\t")
            if not row or not beside or int(index) != int(proven):
                yield "The rows are not those that the hashes are of."
                return
            if int(index) <= last:
                yield f"Row {index} is there twice, or out of its order."
            hashes = [base64.b64decode(one) for one in written.split(" ") if one]
            if root_of(int(index), int(size), leaf_hash(data.encode("utf-8")), hashes) != root:
                yield f"Row {index} is not what was sealed."
            last = int(index)
            self.rows += 1
            self._note(*self.proof.columns(row))

    def _note(self, label: str, columns: dict[str, Any]) -> None:
        """Keep a line of the row: what, by whom, why."""
        when = columns.get("history_date") or columns.get("at") or ""
        name = label.split(".")[-1].replace("Historical", "")
        number, key = columns.get("history_number"), columns.get("id") or ""
        who, why = columns.get("actor_name") or "", columns.get("history_change_reason") or ""
        why = "(sealed)" if why.startswith(SEALED) else why
        self.sealed = self.sealed or any((v or "").startswith(SEALED) for v in columns.values())
        if columns.get("sha256") and "file" in columns:
            row = f"{name} {key}"
            self.files[row] = max(
                (int(number or 1), columns), self.files.get(row, (0, {})), key=lambda at: at[0]
            )
        self.story.append((when, f"{when[:19]}  {name} {key} v{number or 1}  {who}: {why}"))
        if number:
            self.numbers.setdefault((label, key), []).append(int(number))

    def told_of_files(self) -> Iterator[str]:
        """The files that the rows tell of, as their last versions have them, a sentence each."""
        for row, (number, columns) in sorted(self.files.items()):
            if columns["file"]:
                yield f"{row} has a file with the SHA-256 {columns['sha256']}."
            else:
                yield (
                    f"{row} had a file, which was deleted by version {number}: with the buyer's data, or because its "
                    f"time was over. What it was is told by its SHA-256 alone: {columns['sha256']}."
                )

    def whose(self, digest: str) -> list[str]:
        """The rows that tell of a file with this SHA-256."""
        hashes = ("sha256", "original_sha256")
        return [
            row
            for row, (_n, columns) in sorted(self.files.items())
            if digest in (columns.get(name) for name in hashes)
        ]

    def _whole(self) -> Iterator[str]:
        """Versions are numbered 1, 2, 3 … within what they are of: all that were stated have to be here."""
        statement = self.proof.read("statement")
        if not signers(statement, self.keys, of_log=False):
            yield f"The statement of what is here is not signed by {' or '.join(self.keys)}."
        what, checkpoint, self.stated_at, *lines = statement.split("\n\n")[0].split("\n")
        _name, size, root = self.proof.note.split("\n")[:3]
        stated = (f"all versions of {self.proof.about['title']}", f"checkpoint {size} {root}")
        if (what, checkpoint) != stated:
            yield "The statement of what is here is about something else."
        counts = {}
        for line in lines:
            label, key, count = line.split(" ")
            counts[label, key] = int(count)
        for label, key in sorted(set(counts) | set(self.numbers)):
            found = sorted(self.numbers.get((label, key), []))
            if (label, key) not in counts:
                yield f"The statement of what is here does not name {label} {key}."
            elif found != list(range(1, counts[label, key] + 1)):
                yield f"Versions of {label} {key} are left out of this proof."


def asked(arguments: list[str]) -> argparse.Namespace:
    """What the command line says; a word that it does not know ends the program."""
    parser = argparse.ArgumentParser(
        description="Check a proof of history by the public key alone."
    )
    parser.add_argument(
        "proof",
        nargs="?",
        type=Path,
        default=Path(__file__).parent,
        help="the proof: its ZIP file, or the folder it is unpacked to (this one)",
    )
    parser.add_argument(
        "--key",
        action="append",
        default=[],
        help="the public key that you were given; more than one where keys were changed",
    )
    parser.add_argument(
        "--file",
        action="append",
        default=[],
        type=Path,
        help="a file, to be told whether the rows tell of it",
    )
    return parser.parse_args(arguments)


def besides(check: Check, files: list[Path]) -> bool:
    """Print what the rows tell of files and of sealed values; gives whether one of ``files`` is a stranger."""
    for line in check.told_of_files():
        print(line)
    if check.sealed:
        print(
            f"Values that begin with {SEALED} are a buyer's personal data: ciphertext, which nobody reads any more "
            "once the buyer was erased. That they are in the log as they were sealed holds all the same."
        )
    strange = False
    for file in files:
        digest = hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""
        rows = check.whose(digest) if digest else []
        found = f"the file of {' and '.join(rows)}" if rows else "in none of these rows"
        print(f"{file.name} is {found if digest else 'not there'}.")
        strange = strange or not rows
    return strange


def main(arguments: list[str]) -> int:
    """Print the verdict; gives 0 where everything holds."""
    options = asked(arguments)
    proof = Proof(options.proof)
    given, keys = bool(options.key), options.key or proof.about["keys"]
    check = Check(proof, keys)
    found = list(check.problems())
    name, size = proof.note.split("\n")[:2]
    print(f"Proof of {proof.about['title']}, from the log {name} at its checkpoint of {size} rows")
    print("\n".join(f"  {line}" for _when, line in sorted(check.story)))
    for problem in found:
        print(f"DOES NOT HOLD: {problem}")
    if found:
        return 1
    print(f"HOLDS: all {check.rows} rows are in the log as they were sealed, and it is signed.")
    print(WHOLE.format(len(check.numbers), check.stated_at[5:]) if check.stated_at else PART)
    strange = besides(check, options.file)
    if not given:
        print("The key came with the proof. Compare it with the one that you were given:")
        print("\n".join(f"  {key}" for key in keys))
    return 1 if strange else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (OSError, ValueError, KeyError, IndexError, zipfile.BadZipFile) as problem:
        print(
            "DOES NOT HOLD: there is no whole proof here. Give its ZIP file, or the folder that it is "
            f"unpacked to. ({problem})"
        )
        sys.exit(2)
