"""The state machines as text, drawn from the code: the docs hold what this gives."""

from collections.abc import Iterator

from django.db import models
from django_fsm import FSMField

from merchants.models import Assessment, FormTemplate
from refunds.models import (
    Complaint,
    Difference,
    Payout,
    ReconciliationDay,
    RefundBatch,
    RefundCase,
)

MACHINES: list[type[models.Model]] = [
    RefundCase,
    Complaint,
    Payout,
    RefundBatch,
    ReconciliationDay,
    Difference,
    Assessment,
    FormTemplate,
]
INTRODUCTION = """# States

Drawn from the code by `manage.py state_diagrams`; a test keeps this page true. Every arrow is a
method of the model, named on it; nothing else can change a state.
"""


def page() -> str:
    """The whole page, in Markdown with Mermaid diagrams and a table each."""
    return "\n".join([INTRODUCTION, *(_machine(model) for model in MACHINES)])


def _machine(model: type[models.Model]) -> str:
    lines = [f"## {model._meta.object_name}", "", "```mermaid", "stateDiagram-v2"]
    field: FSMField = model._meta.get_field("state")  # type: ignore[assignment]  # one of its own
    lines.append(f"    [*] --> {field.get_default()}")
    found = list(_transitions(model, field))
    lines += [f"    {source} --> {target}: {name}" for source, name, target, _why in found]
    lines += ["```", "", "| From | Transition | To | Meaning |", "|---|---|---|---|"]
    lines += [
        f"| `{source}` | `{name}` | `{target}` | {why} |" for source, name, target, why in found
    ]
    return "\n".join([*lines, ""])


def _transitions(model: type[models.Model], field: FSMField) -> Iterator[tuple[str, str, str, str]]:
    order = [str(value) for value, _label in field.flatchoices]
    found = {(str(t.source), t.name, str(t.target)) for t in field.get_all_transitions(model)}
    for source, name, target in sorted(
        found, key=lambda t: (order.index(t[0]), order.index(t[2]), t[1])
    ):
        yield source, name, target, (getattr(model, name).__doc__ or "").strip()
