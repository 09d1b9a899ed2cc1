"""From answers to a score from 0 to 100, and from the score to a grade.

Bands are half-open and the top one is closed: D [0, 70), C [70, 80), B [80, 90), A [90, 100].
The *rounded* score decides, because that is the figure people see: 89.995 rounds to 90.00, an A.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _

from backoffice.exceptions import BadInput
from merchants.models import Assessment, Question
from merchants.questions import options, shown

Grade = Assessment.Grade
BANDS: list[tuple[Decimal, Grade]] = [
    (Decimal(90), Grade.A),
    (Decimal(80), Grade.B),
    (Decimal(70), Grade.C),
    (Decimal(0), Grade.D),
]
CENT = Decimal("0.01")
FULL = Decimal(100)


class AnswerOutsideChoices(BadInput):
    """An answer that the question does not offer."""


@dataclass(frozen=True)
class Result:
    """A score, the grade it leads to, and why."""

    score: Decimal
    grade: Grade
    reason: str


def points(question: Question, value: str) -> Decimal | None:
    """The points that ``value`` earns; ``None`` for a text or no answer.

    Raises ``AnswerOutsideChoices`` for an answer that the question does not offer.
    """
    if question.kind == Question.Kind.TEXT or not value:
        return None
    earned = {option.value: option.points for option in options(question)}
    if value not in earned:
        raise AnswerOutsideChoices(
            _("“%(answer)s” is not a possible answer to “%(question)s”.")
            % {"answer": value[:40], "question": question.label}
        )
    return Decimal(earned[value])


def score(answered: Iterable[tuple[int, Decimal]]) -> Decimal:
    """Σ weight × points / 100 over ``(weight, points)``, rounded half up to two places."""
    total = sum((weight * earned for weight, earned in answered), Decimal(0))
    return (total / FULL).quantize(CENT, rounding=ROUND_HALF_UP)


def grade_of(value: Decimal) -> Grade:
    """The grade of a score from 0 to 100."""
    return next(grade for floor, grade in BANDS if value >= floor)


def result(answers: Mapping[Question, str]) -> Result:
    """Score and grade of a complete form; a critical answer makes it a D whatever the score."""
    asked = [(question, points(question, value)) for question, value in answers.items()]
    value = score((question.weight, earned) for question, earned in asked if earned is not None)
    critical = criticals(answers)
    if critical:
        return Result(value, Grade.D, critical_reason(critical[0], answers[critical[0]]))
    return Result(value, grade_of(value), band_reason(value))


def criticals(answers: Mapping[Question, str]) -> list[Question]:
    """The questions that were given their critical answer, in the form's order."""
    hit = [q for q, value in answers.items() if q.critical_answer and value == q.critical_answer]
    return sorted(hit, key=lambda question: question.position)


def explained(assessment: Assessment, answers: Mapping[Question, str]) -> str:
    """Why a submitted assessment has its grade, in the current language."""
    if assessment.score is None:
        return ""
    critical = criticals(answers)
    if critical:
        return critical_reason(critical[0], answers[critical[0]])
    return band_reason(assessment.score)


def critical_reason(question: Question, value: str) -> str:
    """Why a critical answer made the grade a D, naming the question."""
    return _("Critical answer “%(answer)s” to “%(question)s”: D whatever the score.") % {
        "answer": shown(question, value),
        "question": question.label,
    }


def band_reason(value: Decimal) -> str:
    """Why a score has its grade."""
    floors = [floor for floor, _grade in BANDS]
    floor = next(floor for floor in floors if value >= floor)
    facts = {"score": value, "floor": floor}
    if floor == floors[0]:
        return _("The score of %(score)s is in the band from %(floor)s to 100.") % facts
    facts["ceiling"] = floors[floors.index(floor) - 1]
    return _("The score of %(score)s is in the band from %(floor)s to below %(ceiling)s.") % facts
