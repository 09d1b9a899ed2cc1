"""What a verification found, as its page tells it: in the reader's language, with a way to the row."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models
from django.urls import NoReverseMatch, reverse

from backoffice.audit.findings import Finding
from backoffice.audit.models import Audited, Version


@dataclass(frozen=True)
class Told:
    """One finding: the table as a person calls it and as the program does, the row, and what is wrong."""

    name: str
    label: str
    row: int
    problem: str
    href: str = ""


def told(kept: Sequence[dict[str, Any]]) -> list[Told]:
    """Findings as they were put down, for a page."""
    findings = [Finding.of(one) for one in kept]
    hrefs = _hrefs(findings)
    return [
        Told(_name(one.model), one.model, one.row, one.problem, hrefs.get((one.model, one.row), ""))
        for one in findings
    ]


def _model(label: str) -> type[models.Model] | None:
    """The model of that label; what is about the log itself has none."""
    try:
        return apps.get_model(label)
    except (LookupError, ValueError):
        return None


def _name(label: str) -> str:
    model = _model(label)
    if model is None:
        return ""
    named: Any = getattr(model, "instance_type", model)  # of versions, what they are of
    return str(named._meta.verbose_name)


def _hrefs(findings: Iterable[Finding]) -> dict[tuple[str, int], str]:
    """The history page of each row that a finding is about, directly or by one of its versions."""
    rows: dict[str, set[int]] = defaultdict(set)
    for finding in findings:
        rows[finding.model].add(finding.row)
    found = {}
    for label, keys in rows.items():
        for key, audited, row in _owners(_model(label), keys):
            if href := _href(audited, row):
                found[label, key] = href
    return found


def _owners(
    model: type[models.Model] | None, keys: set[int]
) -> Iterable[tuple[int, type[models.Model], int]]:
    """Of each key the audited row whose history tells of it."""
    if model is not None and issubclass(model, Version):
        owner: Any = getattr(model, "instance_type")  # noqa: B009 - simple-history adds it
        versions: Any = model._base_manager
        pairs = versions.filter(pk__in=keys).values_list("pk", "id")
        return [(key, owner, row) for key, row in pairs]
    if model is not None and issubclass(model, Audited):
        return [(key, model, key) for key in keys]
    return []


def _href(model: type[models.Model], row: int) -> str:
    meta = model._meta
    try:
        return reverse(f"admin:{meta.app_label}_{meta.model_name}_history", args=[row])
    except NoReverseMatch:  # a row without a page of its own
        return ""
