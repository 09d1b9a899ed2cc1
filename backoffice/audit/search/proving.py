"""What a search in history found, with proof: the versions, the hashes beside them, a signed checkpoint."""

from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from typing import IO

from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from backoffice.audit.log.bundles import Bundle, Pulse, write_bundle
from backoffice.audit.log.layouts import Source, sources
from backoffice.exceptions import BadInput
from backoffice.exporting.columns import Column
from backoffice.exporting.tables import write_csv

MOST = 200_000  # versions of one proof
NAME, WHAT = "changes.csv", "what the search found, for reading; log_index leads to the row"


def write_proof(
    file: IO[bytes], title: str, columns: Sequence[Column], changes: QuerySet, pulse: Pulse
) -> int:
    """Write ``changes`` as a table, and the proof of the versions that they are drawn from, as a zip file.

    Gives the number of versions. Raises ``NotProvable``, and ``BadInput`` for too many.
    """
    newest = changes.order_by().aggregate(pk=Max("pk"))["pk"] or 0
    changes = changes.filter(pk__lte=newest)  # all parts of the file speak of the same ones
    versions = _versions(changes)
    if sum(map(len, versions.values())) > MOST:
        raise BadInput(
            _("A proof holds at most %(most)d versions. Ask for less by the filters of the search.")
            % {"most": MOST}
        )
    table = partial(_write_table, title=title, columns=columns, changes=changes, pulse=pulse)
    return write_bundle(file, Bundle(title, versions, besides=[(NAME, WHAT, table)]), pulse)


def _versions(changes: QuerySet) -> dict[Source, list[int]]:
    found: dict[Source, list[int]] = defaultdict(list)
    pairs = changes.order_by("log_source", "version").values_list("log_source", "version")
    for number, version in pairs.distinct().iterator(2_000):
        found[sources()[number]].append(version)
        if len(found[sources()[number]]) > MOST:
            break
    return found


def _write_table(
    file: IO[bytes], *, title: str, columns: Sequence[Column], changes: QuerySet, pulse: Pulse
) -> None:
    write_csv(file, title, columns, changes, pulse)
