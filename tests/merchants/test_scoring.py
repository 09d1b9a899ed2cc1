"""Scores and grades."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merchants.models import Question
from merchants.scoring import AnswerOutsideChoices, Grade, grade_of, points, result, score

pytestmark = pytest.mark.once  # sums and rules of forms: nothing that a database decides

CHOICES = [["good", "Good", "好", 100], ["fair", "Fair", "中", 37], ["bad", "Bad", "差", 0]]
POINTS = {
    "scale": {"1": 0, "2": 25, "3": 50, "4": 75, "5": 100},
    "choice": {"good": 100, "fair": 37, "bad": 0},
    "yes_no": {"yes": 100, "no": 0},
}


def question(pk: int, kind: str, weight: int, critical: str = "") -> Question:
    return Question(
        pk=pk,
        position=pk,
        kind=kind,
        weight=weight,
        text=f"Question {pk}",
        choices=CHOICES if kind == "choice" else [],
        critical_answer=critical,
    )


@st.composite
def forms(draw: st.DrawFn) -> dict[Question, str]:
    """A form whose weights add up to 100, with an answer to each question."""
    cuts = sorted(draw(st.lists(st.integers(0, 100), min_size=0, max_size=9)))
    weights = [b - a for a, b in zip([0, *cuts], [*cuts, 100], strict=True)]
    answers = {}
    for pk, weight in enumerate(weights, 1):
        kind = draw(st.sampled_from(list(POINTS)))
        answers[question(pk, kind, weight)] = draw(st.sampled_from(list(POINTS[kind])))
    return answers


@pytest.mark.parametrize(
    ("kind", "value", "earned"),
    [(kind, value, earned) for kind, table in POINTS.items() for value, earned in table.items()],
)
def test_each_answer_earns_its_points(kind: str, value: str, earned: int) -> None:
    assert points(question(1, kind, 10), value) == earned


def test_a_text_earns_no_points() -> None:
    assert points(question(1, "text", 0), "anything") is None


@pytest.mark.parametrize(
    ("kind", "value"), [("scale", "6"), ("scale", "0"), ("choice", "best"), ("yes_no", "maybe")]
)
def test_an_answer_outside_the_choices_is_refused_by_name(kind: str, value: str) -> None:
    with pytest.raises(AnswerOutsideChoices, match=f"“{value}” is not a possible answer"):
        points(question(1, kind, 10), value)


@pytest.mark.parametrize(
    ("value", "grade"),
    [
        ("0", "D"),
        ("69.99", "D"),
        ("70", "C"),
        ("79.99", "C"),
        ("80", "B"),
        ("89.99", "B"),
        ("90", "A"),
        ("99.99", "A"),
        ("100", "A"),
    ],
)
def test_bands_are_half_open_and_100_is_an_a(value: str, grade: str) -> None:
    assert grade_of(Decimal(value)) == grade


def test_the_rounded_score_decides_the_grade() -> None:
    value = score([(100, Decimal("89.995"))])
    assert (value, grade_of(value)) == (Decimal("90.00"), "A")
    below = score([(100, Decimal("89.9949"))])
    assert (below, grade_of(below)) == (Decimal("89.99"), "B")


def test_a_critical_answer_is_a_d_whatever_the_score_and_names_the_question() -> None:
    outcome = result({question(1, "scale", 100): "5", question(2, "yes_no", 0, "no"): "no"})
    assert (outcome.score, outcome.grade) == (Decimal("100.00"), Grade.D)
    assert "“Question 2”" in outcome.reason


def test_the_reason_names_the_band() -> None:
    outcome = result({question(1, "scale", 100): "4"})
    assert outcome.reason == "The score of 75.00 is in the band from 70 to below 80."


@given(forms())
def test_a_score_is_always_from_0_to_100(answers: dict[Question, str]) -> None:
    outcome = result(answers)
    assert 0 <= outcome.score <= 100
    assert outcome.grade == grade_of(outcome.score)
    assert outcome.score == outcome.score.quantize(Decimal("0.01"))


@given(forms(), st.data())
def test_a_better_answer_never_lowers_the_score(
    answers: dict[Question, str], data: st.DataObject
) -> None:
    chosen = data.draw(st.sampled_from(list(answers)))
    table = POINTS[chosen.kind]
    better = data.draw(st.sampled_from([v for v in table if table[v] >= table[answers[chosen]]]))
    before, after = result(answers), result({**answers, chosen: better})
    assert after.score >= before.score
    assert after.grade <= before.grade  # letters: A sorts before D


@given(forms())
def test_the_best_form_is_100_and_the_worst_is_0(answers: dict[Question, str]) -> None:
    def extreme(pick: object) -> Decimal:
        return result({q: pick(POINTS[q.kind], key=POINTS[q.kind].get) for q in answers}).score

    assert (extreme(max), extreme(min)) == (Decimal(100), Decimal(0))
