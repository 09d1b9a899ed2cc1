"""Prove that history is whole: every audited row has versions, and the last of them is the row."""

from collections.abc import Callable, Collection, Container, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef

from backoffice.audit.chains import broken_chains
from backoffice.audit.findings import Finding, Findings, Kind
from backoffice.audit.models import Audited, version_model
from backoffice.audit.portions import Portion, portions
from backoffice.audit.suspects import suspects

Progress = Callable[[int, int], None]
Look = Callable[[], Iterable[tuple[str, int, str]]]
_looks: list[Look] = []


def register_look(look: Look) -> None:
    """Have whoever verifies look at what a version keeps the mark of alone: table, row and column."""
    _looks.append(look)


@dataclass
class Report:
    """What was looked at, and what was found."""

    models: int = 0
    rows: int = 0
    versions: int = 0
    found: Findings = field(default_factory=Findings)

    @property
    def findings(self) -> list[Finding]:
        """What was found, the first of it."""
        return self.found.kept


def verify(
    *, since: int = 0, progress: Progress | None = None, without: Container[Kind] = ()
) -> Report:
    """Look at every row of every audited model; what may differ from its version is looked at closely.

    With ``since``, at the rows alone of which a version was sealed as that leaf or a later one: a row that
    was changed past history and not touched again waits for the next verification of everything.
    """
    report, todo = Report(found=Findings(without)), list(portions(since))
    for done, portion in enumerate(todo, 1):
        versions, rows = portion.new_versions().count(), portion.rows().count()
        report.models, report.versions = report.models + 1, report.versions + versions
        report.rows += rows
        if versions or rows:
            _look_at(portion, report.found)
        if progress:
            progress(done, len(todo))
    for label, row, column in (wrong for look in _looks if not since for wrong in look()):
        report.found.say(Kind.UNMARKED, label, row, column=column)
    return report


def verify_rows(rows: Mapping[type[Audited], Collection[Any]]) -> Findings:
    """Look at these rows alone, by their models and keys, and at all versions of them."""
    found = Findings()
    for model, keys in rows.items():
        versions = version_model(model)._base_manager.order_by().filter(id__in=keys)
        _look_at(Portion(model, versions), found)
    return found


def _look_at(portion: Portion, found: Findings) -> None:
    broken_chains(portion, found)
    for keys in suspects(portion):
        _compare(portion, keys, found)


def _compare(portion: Portion, keys: list[int], found: Findings) -> None:
    model = portion.model
    key, history = model._meta.pk.attname, model.history.model._base_manager.order_by()
    names = [field.attname for field in model.history.model.tracked_fields]
    rows = list(model._base_manager.filter(pk__in=keys).order_by("pk").values(*names))
    later = history.filter(id=OuterRef("id"), history_number__gt=OuterRef("history_number"))
    last = history.filter(~Exists(later), id__in=keys).values(*names)
    versions = {version[key]: version for version in last}
    for row in rows:
        version = versions.get(row[key])
        if version is None:
            found.say(Kind.BARE, portion.label, row[key])
            continue
        for name in (name for name in row if row[name] != version[name]):
            found.say(Kind.DIFFERS, portion.label, row[key], column=name)
