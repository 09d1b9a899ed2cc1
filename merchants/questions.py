"""What may be answered to a question, and what is wrong with a question as it stands."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from backoffice.languages import in_language
from merchants.models import Question

SCALE: list[tuple[str, str | Promise, int]] = [
    ("1", gettext_lazy("1 · very poor"), 0),
    ("2", gettext_lazy("2 · poor"), 25),
    ("3", gettext_lazy("3 · fair"), 50),
    ("4", gettext_lazy("4 · good"), 75),
    ("5", gettext_lazy("5 · excellent"), 100),
]
YES_NO: list[tuple[str, str | Promise, int]] = [
    ("yes", pgettext_lazy("answer", "Yes"), 100),
    ("no", pgettext_lazy("answer", "No"), 0),
]


@dataclass(frozen=True)
class Option:
    """One possible answer: its code, what it says, and the points from 0 to 100 that it earns."""

    value: str
    label: str | Promise
    points: int


def options(question: Question) -> list[Option]:
    """The possible answers in the current language; none for a text."""
    if question.kind == Question.Kind.SCALE:
        return [Option(*entry) for entry in SCALE]
    if question.kind == Question.Kind.YES_NO:
        return [Option(*entry) for entry in YES_NO]
    if question.kind == Question.Kind.CHOICE:
        return [
            Option(code, in_language(label, label_zh), points)
            for code, label, label_zh, points in question.choices
        ]
    return []


def shown(question: Question, value: str) -> str:
    """An answer as a person reads it."""
    labels = {option.value: str(option.label) for option in options(question)}
    return labels.get(value, value) or "–"


def problems(question: Question) -> list[str]:
    """What stands against asking ``question``, in sentences; empty when it is sound."""
    if question.kind == Question.Kind.CHOICE:
        found = list(_choice_problems(question.choices))
        if found:
            return found
    elif question.choices:
        return [_("Only a choice question has choices.")]
    return list(_critical_problems(question))


def _choice_problems(choices: Any) -> Iterator[str]:
    if not isinstance(choices, list) or len(choices) < 2:
        yield _("A choice question needs at least two choices.")
        return
    if not all(_well_formed(entry) for entry in choices):
        yield _("Each choice is a code, a label, a Chinese label and points from 0 to 100.")
        return
    if len({entry[0] for entry in choices}) < len(choices):
        yield _("Two choices have the same code.")


def _well_formed(entry: Any) -> bool:
    if not isinstance(entry, list | tuple) or len(entry) != 4:
        return False
    code, label, label_zh, points = entry
    texts = all(isinstance(text, str) for text in (code, label, label_zh))
    whole = isinstance(points, int) and not isinstance(points, bool)
    return texts and whole and 0 < len(code) <= 40 and bool(label) and 0 <= points <= 100


def _critical_problems(question: Question) -> Iterator[str]:
    if not question.critical_answer:
        return
    possible = [option.value for option in options(question)]
    if not possible:
        yield _("A text question has no critical answer.")
    elif question.critical_answer not in possible:
        yield _("The critical answer must be one of: %(answers)s.") % {
            "answers": ", ".join(possible)
        }


def weight_problem(total: int) -> str:
    """The sentence that says what the weights add up to, and what they should."""
    return ngettext(
        "The weights add up to %(total)d. They must add up to exactly 100.",
        "The weights add up to %(total)d. They must add up to exactly 100.",
        total,
    ) % {"total": total}
