"""Where the proof of a change is: the leaf of its version in the log of history."""

from collections import defaultdict
from collections.abc import Iterable
from functools import reduce
from operator import or_

from django.db.models import Q

from backoffice.audit.log.layouts import Source
from backoffice.audit.log.layouts import by_label as sources_by_label
from backoffice.audit.log.models import Leaf
from backoffice.audit.models import version_model
from backoffice.audit.search.models import ChangeEntry
from backoffice.audit.search.scope import by_label


def sources() -> dict[str, Source]:
    """The log's table of each model's versions; one without a layout is told by a check of its own."""
    known = sources_by_label()
    labels = {name: version_model(model)._meta.label for name, model in by_label().items()}
    return {name: known[label] for name, label in labels.items() if label in known}


def leaves(entries: Iterable[ChangeEntry]) -> dict[tuple[str, int], int]:
    """The index of each version that is sealed, by model and version; one query."""
    tables = {name: source.number for name, source in sources().items()}
    rows: defaultdict[str, set[int]] = defaultdict(set)
    for entry in entries:
        if entry.model in tables:
            rows[entry.model].add(entry.version)
    asked = (Q(source=tables[name], row__in=keys) for name, keys in rows.items())
    found = Leaf.objects.filter(reduce(or_, asked, Q(pk__in=())))
    places = {(source, row): index for source, row, index in found.values_list("source", "row", "index")}  # fmt: skip
    return {
        (name, key): places[tables[name], key]
        for name, keys in rows.items()
        for key in keys
        if (tables[name], key) in places
    }
