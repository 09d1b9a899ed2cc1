"""Prove that history is whole: every audited row has versions, and the last of them is the row."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.apps import apps
from django.db.models import Max

from backoffice.audit.chains import broken_chains
from backoffice.audit.findings import Finding
from backoffice.audit.models import Audited
from backoffice.audit.suspects import suspects


@dataclass
class Report:
    """What was looked at, and what was found."""

    models: int = 0
    rows: int = 0
    versions: int = 0
    findings: list[Finding] = field(default_factory=list)


def audited_models() -> list[type[Audited]]:
    """Every model with history, by its label."""
    models = (m for m in apps.get_models() if issubclass(m, Audited))
    return sorted(models, key=lambda model: model._meta.label)


def verify() -> Report:
    """Look at every row of every audited model; what may differ from its version is looked at closely."""
    report = Report()
    for model in audited_models():
        report.models += 1
        report.versions += model.history.count()
        report.findings += broken_chains(model)
        report.rows += model._base_manager.count()
        for keys in suspects(model):
            report.findings += _compare(model, keys)
    return report


def _compare(model: type[Audited], keys: list[int]) -> Iterator[Finding]:
    key, label, history = (
        model._meta.pk.attname,
        model._meta.label,
        model.history.model._base_manager,
    )
    names = [field.attname for field in model.history.model.tracked_fields]
    rows = list(model._base_manager.filter(pk__in=keys).order_by("pk").values(*names))
    newest = (
        history.filter(**{f"{key}__in": keys}).order_by().values(key).annotate(n=Max("history_id"))
    )
    last = history.filter(pk__in=[entry["n"] for entry in newest]).values(*names)
    versions = {version[key]: version for version in last}
    for row in rows:
        version = versions.get(row[key])
        if version is None:
            yield Finding(label, row[key], "has no version")
            continue
        for name in (name for name in row if row[name] != version[name]):
            yield Finding(label, row[key], f"differs from its last version in {name}")
