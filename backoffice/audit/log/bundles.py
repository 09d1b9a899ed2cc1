"""A proof that leaves the house: rows, the hashes beside them, a checkpoint, and the means to check it all."""

import base64
import json
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext_lazy as _

from backoffice.audit.log import checkpoints, tree
from backoffice.audit.log.keys import public_keys
from backoffice.audit.log.layouts import Layout, Source, by_label
from backoffice.audit.log.lines import lines
from backoffice.audit.log.models import Leaf
from backoffice.audit.log.notes import BadKey
from backoffice.audit.log.sealing import seal
from backoffice.audit.models import Audited, version_model
from backoffice.exceptions import BackofficeError

OFFLINE = Path(__file__).with_name("offline") / "verify.py"
README = """This is a proof of {title}.

rows          each row of its history as it was sealed: its place in the log, then the sealed text
proof.json    for each row, the hashes beside it in the tree; the public keys of the log
layouts.json  what the columns of the rows are
checkpoint    the root of the tree, signed
verify.py     checks all of it; it needs Python and nothing else:

    python3 verify.py --key '{key}'

Get the key from the log's owner on another way than this file, and compare.
"""


class NotProvable(BackofficeError):
    """No proof can be made, because nothing is signed."""

    message = _(
        "Nothing is signed yet, so there is no proof. Tell the people who run this program."
    )


def write_bundle(file: IO[bytes], *, title: str, rows: Iterable[Audited]) -> int:
    """Write the proof of every version of ``rows`` as a zip file; gives how many versions that are.

    What is not under a checkpoint yet is sealed and signed first. Raises ``NotProvable``.
    """
    checkpoint = _fresh()
    wanted = _versions(rows)
    found = [
        entry for source, keys in wanted.items() for entry in _sealed(source, keys, checkpoint.size)
    ]
    found.sort()
    about = {
        "title": title,
        "keys": [str(key) for key in public_keys()],
        "proofs": {
            str(index): [
                base64.b64encode(h).decode() for h in tree.inclusion(index, checkpoint.size)
            ]
            for index, _layout, _line in found
        },
    }
    _pack(file, about, checkpoint.note, found)
    return len(found)


def _fresh() -> Any:
    """A checkpoint of everything there is."""
    seal()
    try:
        checkpoints.sign()
    except (checkpoints.LogForked, tree.NotInTree, BadKey) as problem:
        raise NotProvable(
            _("The log of history does not hold, so there is no proof. Have history verified.")
        ) from problem
    checkpoint = checkpoints.latest()
    if checkpoint is None:
        raise NotProvable
    return checkpoint


def _versions(rows: Iterable[Audited]) -> dict[Source, list[int]]:
    """The keys of all versions of ``rows``, by table."""
    ids: dict[type[Audited], list[Any]] = {}
    for row in rows:
        ids.setdefault(type(row), []).append(row.pk)
    found = {}
    for model, pks in ids.items():
        versions = version_model(model)
        keys = versions._base_manager.filter(id__in=pks).values_list("pk", flat=True)
        found[by_label()[versions._meta.label]] = sorted(keys)
    return found


def _sealed(source: Source, keys: Sequence[int], size: int) -> list[tuple[int, Layout, bytes]]:
    """The place, the layout and the line of each of these rows that are under the checkpoint."""
    leaves = Leaf.objects.filter(source=source.number, row__in=keys, index__lt=size)
    places = {
        row: (index, layout) for row, index, layout in leaves.values_list("row", "index", "layout")
    }
    found = []
    for layout in source.layouts:
        those = [str(row) for row, (_index, number) in places.items() if number == layout.number]
        if those:
            where = f"v.{source.key} IN ({', '.join(those)})"
            found += [(places[row][0], layout, line) for row, line in lines(source, layout, where)]
    return found


def _pack(
    file: IO[bytes], about: dict[str, Any], note: str, found: list[tuple[int, Layout, bytes]]
) -> None:
    layouts: dict[str, dict[str, list[str]]] = {}
    for _index, layout, _line in found:
        layouts.setdefault(layout.label, {})[str(layout.number)] = layout.names
    rows = b"".join(b"%d\t%s%s\n" % (index, layout.prefix, line) for index, layout, line in found)
    readme = README.format(title=about["title"], key=(about["keys"] or ["name+hash+key"])[0])
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", readme)
        archive.writestr("checkpoint", note)
        archive.writestr("rows", rows)
        archive.writestr("proof.json", json.dumps(about, indent=1, ensure_ascii=False))
        archive.writestr("layouts.json", json.dumps(layouts, indent=1))
        archive.write(OFFLINE, "verify.py")
