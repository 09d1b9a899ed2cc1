"""A proof that leaves the house: rows, the hashes beside them, a checkpoint, and the means to check it all.

It may hold everything of some rows, or whatever versions somebody asked for; of these there may be many,
so that nothing of it is in memory but the places of the leaves.
"""

import base64
import json
import zipfile
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext_lazy as _

from backoffice.among import Among
from backoffice.audit.log import checkpoints, tree
from backoffice.audit.log.keys import public_keys, signing_keys
from backoffice.audit.log.layouts import Source, by_label
from backoffice.audit.log.merkle import leaf_hash
from backoffice.audit.log.models import Checkpoint, Leaf
from backoffice.audit.log.notes import BadKey, sign, written_moment
from backoffice.audit.log.rows import stored_at, written
from backoffice.audit.log.sealing import seal
from backoffice.audit.models import Audited, version_model
from backoffice.audit.verify import verify_rows
from backoffice.clock import now
from backoffice.exceptions import BackofficeError

OFFLINE = Path(__file__).with_name("offline") / "verify.py"
STEP = 2_000  # rows that are held at a time
Pulse = Callable[[int], None]
README = """This is a proof of {title}.

rows          each row of history as it was sealed: its place in the log, then the sealed text
proofs        for each of them, the hashes beside it in the tree, from its neighbour to the root
proof.json    what this is, and the public keys of the log
layouts.json  what the columns of the rows are
checkpoint    the root of the tree, signed
verify.py     checks all of it; it needs Python and nothing else:

    python3 verify.py --key '{key}'

Get the key from the log's owner on another way than this file, and compare.

{scope}"""
WHOLE = """statement     how many versions there were of what, signed

It proves that these rows were sealed like this, and that no version of what the statement names was left out, up
to the time in it. That the statement names everything, its signer answers for. What came later it cannot tell.
"""
PART = """It proves that these rows were sealed like this. It does not prove that they are all that there is: which versions
are here was decided by a search, and others of the same rows, or other rows, may have been left out.
"""
BROKEN = _("The log of history does not hold, so there is no proof. Have history verified.")


class NotProvable(BackofficeError):
    """No proof can be made, because nothing is signed."""

    message = _(
        "Nothing is signed yet, so there is no proof. Tell the people who run this program."
    )


@dataclass(frozen=True)
class Whole:
    """How many versions there were of each row, by table and key, and when."""

    at: datetime
    numbers: Mapping[tuple[str, int], int]

    def signed(self, title: str, checkpoint: str) -> str:
        """The statement of that, signed by the log's key. Raises ``NotProvable`` where there is none."""
        keys = signing_keys()
        if not keys:
            raise NotProvable
        _name, size, root = checkpoint.split("\n")[:3]
        rows = [f"{label} {row} {count}" for (label, row), count in sorted(self.numbers.items())]
        head = [f"all versions of {title}", f"checkpoint {size} {root}", f"time {written_moment(self.at)}"]  # fmt: skip
        return sign("\n".join([*head, *rows, ""]), keys)


@dataclass
class Bundle:
    """What a proof is of: versions by their tables. With ``whole`` none of their rows' lacks.

    ``besides`` are files for reading, which prove nothing: a name, what it is, and how it is written.
    """

    title: str
    versions: Mapping[Source, Sequence[int]]
    whole: Whole | None = None
    besides: list[tuple[str, str, Callable[[IO[bytes]], Any]]] = field(default_factory=list)


def all_of(title: str, rows: Iterable[Audited]) -> Bundle:
    """The proof of every version of ``rows``. Raises ``NotProvable`` where a row is not what its last one says."""
    ids: dict[type[Audited], list[Any]] = {}
    for row in rows:
        ids.setdefault(type(row), []).append(row.pk)
    at, found, numbers = now(), {}, {}
    if verify_rows(ids).count and verify_rows(ids).count:  # somebody may have written in between
        raise NotProvable(BROKEN)
    for model, pks in ids.items():
        source = by_label()[version_model(model)._meta.label]
        versions = source.model._base_manager.filter(id__in=pks).order_by("pk")
        found[source] = list(versions.values_list("pk", flat=True))
        counted = Counter(versions.values_list("id", flat=True))
        numbers.update({(source.label, row): count for row, count in counted.items()})
    return Bundle(title, found, Whole(at, numbers))


def write_bundle(file: IO[bytes], bundle: Bundle, pulse: Pulse = lambda _done: None) -> int:
    """Write the proof as a zip file; gives how many versions it holds.

    What is not under a checkpoint yet is sealed and signed first. Raises ``NotProvable``.
    """
    checkpoint = fresh_checkpoint()
    places = _places(bundle, checkpoint.size)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, _provable():
        archive.writestr("checkpoint", checkpoint.note)
        if bundle.whole:
            archive.writestr("statement", bundle.whole.signed(bundle.title, checkpoint.note))
        layouts = _write_rows(archive, places, pulse)
        _write_proofs(archive, places, checkpoint.size, pulse)
        for name, _what, write in bundle.besides:
            with archive.open(name, "w", force_zip64=True) as member:
                write(member)
        keys = [str(key) for key in public_keys()]
        about = {"title": bundle.title, "whole": bool(bundle.whole), "keys": keys}
        archive.writestr("proof.json", json.dumps(about, indent=1, ensure_ascii=False))
        archive.writestr("layouts.json", json.dumps(layouts, indent=1))
        archive.write(OFFLINE, "verify.py")
        archive.writestr("README.txt", _readme(bundle, keys))
    return len(places)


def fresh_checkpoint() -> Checkpoint:
    """A checkpoint of everything there is. Raises ``NotProvable``."""
    seal(wait=True)
    with _provable():
        checkpoints.sign(wait=True)
    checkpoint = checkpoints.latest()
    if checkpoint is None:
        raise NotProvable
    return checkpoint


@contextmanager
def _provable() -> Iterator[None]:
    try:
        yield
    except (checkpoints.LogForked, tree.NotInTree, BadKey) as problem:
        raise NotProvable(BROKEN) from problem


def _places(bundle: Bundle, size: int) -> "array[int]":
    """The indexes of the versions' leaves, in their order."""
    found, wanted = array("q"), 0
    for source, keys in bundle.versions.items():
        for first in range(0, len(keys), STEP):
            those = keys[first : first + STEP]
            leaves = Leaf.objects.filter(Among("row", those), source=source.number, index__lt=size)
            found.extend(leaves.values_list("index", flat=True))
        wanted += len(keys)
    if len(found) != wanted:
        raise NotProvable(BROKEN)
    return array("q", sorted(found))


def _steps(places: "array[int]") -> Iterator[list[int]]:
    for first in range(0, len(places), STEP):
        yield places[first : first + STEP].tolist()


def _write_rows(
    archive: zipfile.ZipFile, places: "array[int]", pulse: Pulse
) -> dict[str, dict[str, list[str]]]:
    """Write the rows as they were sealed; gives the layouts that they have."""
    layouts: dict[str, dict[str, list[str]]] = {}
    done = 0
    with archive.open("rows", "w", force_zip64=True) as member:
        for step in _steps(places):
            for leaf, layout, line in written(stored_at(step)):
                data = layout.prefix + line
                if leaf_hash(data) != leaf.hash:
                    raise NotProvable(BROKEN)
                layouts.setdefault(layout.label, {})[str(layout.number)] = layout.names
                member.write(b"%d\t%s\n" % (leaf.at, data))
                done += 1
            pulse(done)
    if done != len(places):
        raise NotProvable(BROKEN)
    return layouts


def _write_proofs(archive: zipfile.ZipFile, places: "array[int]", size: int, pulse: Pulse) -> None:
    prover = tree.Prover(size)
    with archive.open("proofs", "w", force_zip64=True) as member:
        for step in _steps(places):
            for index in step:
                hashes = b" ".join(map(base64.b64encode, prover.inclusion(index)))
                member.write(b"%d\t%s\n" % (index, hashes))
            pulse(len(places))


def _readme(bundle: Bundle, keys: list[str]) -> str:
    scope, key = (WHOLE if bundle.whole else PART), (keys or ["name+hash+key"])[0]
    besides = "".join(f"\n{name}: {what}\n" for name, what, _write in bundle.besides)
    return README.format(title=bundle.title, key=key, scope=scope) + besides
