"""Assessing a supplier, step by step, and what is refused."""

from decimal import Decimal

import pytest
from time_machine import travel

from backoffice.actors import person
from backoffice.exceptions import (
    BackofficeError,
    BadInput,
    NotAllowed,
    NotFound,
    StaleVersion,
    WrongState,
)
from merchants import assessments
from merchants.assessments import Given, OwnReview, Unanswered, questions_of, revision
from merchants.models import Answer, Assessment, Supplier
from merchants.periods import UnknownPeriod, check_period, current_period
from merchants.scoring import AnswerOutsideChoices
from tests.cast import Cast
from tests.merchants.desk import (
    PERIOD,
    all_best,
    draft_form,
    fresh,
    published,
    started,
    submitted,
    supplier_of,
)

pytestmark = pytest.mark.once  # sums and rules of forms: nothing that a database decides


@pytest.fixture
def supplier(cast: Cast) -> Supplier:
    return supplier_of(cast.merchant)


def answered(draft: Assessment, user: object, **values: str) -> None:
    """All best answers, but for those named by their position."""
    given = all_best(draft)
    for question in questions_of(draft):
        if f"q{question.position}" in values:
            given[question.pk] = Given(values[f"q{question.position}"])
    assessments.save_answers(assessment_id=draft.pk, answers=given, actor=person(user))


def test_an_assessment_goes_from_draft_to_published(cast: Cast, supplier: Supplier) -> None:
    done = fresh(published(supplier, cast.manager, cast.manager2))
    assert (done.state, done.score, done.grade) == ("published", Decimal("100.00"), "A")
    versions = done.history.order_by("history_id")
    told = [(v.action, v.actor_name, v.history_change_reason, v.source) for v in versions]
    assert told == [
        ("assessment.start", "manager", "Assessment started.", "admin"),
        ("assessment.submit", "manager", "Submitted for review.", "admin"),
        ("assessment.review", "manager2", "Confirmed by a second person.", "admin"),
        ("assessment.publish", "manager2", "Grade published.", "admin"),
    ]
    answer = done.answers.first().history.get()
    assert (answer.actor_name, answer.history_change_reason) == ("manager", "Answers saved.")


def test_the_score_weighs_the_answers(cast: Cast, supplier: Supplier) -> None:
    draft = started(supplier, cast.manager)
    answered(draft, cast.manager, q10="most", q60="3")  # 15 × 25 and 15 × 50 points less
    done = assessments.submit(assessment_id=draft.pk, actor=person(cast.manager))
    assert (done.score, done.grade) == (Decimal("88.75"), "B")
    assert done.grade_reason == "The score of 88.75 is in the band from 80 to below 90."


def test_a_critical_answer_decides_the_grade_and_says_why(cast: Cast, supplier: Supplier) -> None:
    draft = started(supplier, cast.manager)
    answered(draft, cast.manager, q110="no")
    done = fresh(assessments.submit(assessment_id=draft.pk, actor=person(cast.manager)))
    assert (done.score, done.grade) == (Decimal("100.00"), "D")
    assert "Gate: free of critical defects" in done.grade_reason


def test_submitting_names_the_questions_that_are_open(cast: Cast, supplier: Supplier) -> None:
    draft = started(supplier, cast.manager)
    answered(draft, cast.manager, q30="", q110="", q120="")
    with pytest.raises(Unanswered) as refusal:
        assessments.submit(assessment_id=draft.pk, actor=person(cast.manager))
    assert [question.position for question in refusal.value.questions] == [30, 110]
    assert "“Corrective actions closed on time”" in str(refusal.value)
    assert fresh(draft).state == "draft"


def test_nobody_reviews_what_they_submitted(cast: Cast, supplier: Supplier) -> None:
    done = submitted(supplier, cast.manager)
    with pytest.raises(OwnReview, match="Another person has to review it"):
        assessments.review(assessment_id=done.pk, actor=person(cast.manager))
    assert fresh(done).state == "submitted"


def test_sending_back_needs_a_reason_and_makes_it_a_draft_again(
    cast: Cast, supplier: Supplier
) -> None:
    done = submitted(supplier, cast.manager)
    actor = person(cast.manager2)
    with pytest.raises(BadInput, match="Say what has to be answered better"):
        assessments.send_back(assessment_id=done.pk, actor=actor, reason="  ")
    assessments.send_back(assessment_id=done.pk, actor=actor, reason="Price is not a 5.")
    draft = fresh(done)
    assert (draft.state, draft.score, draft.grade) == ("draft", None, "")
    version = draft.history.latest("history_id")
    assert (version.history_user, version.history_change_reason) == (
        cast.manager2,
        "Price is not a 5.",
    )


def test_a_later_submission_may_be_reviewed_by_the_one_who_sent_it_back(
    cast: Cast, supplier: Supplier
) -> None:
    done = submitted(supplier, cast.manager)
    assessments.send_back(assessment_id=done.pk, actor=person(cast.manager2), reason="Again.")
    assessments.submit(assessment_id=done.pk, actor=person(cast.manager))
    assessments.review(assessment_id=done.pk, actor=person(cast.manager2), reason="Now right.")
    assert fresh(done).reviewed_by == cast.manager2


def test_publishing_twice_is_refused(cast: Cast, supplier: Supplier) -> None:
    done = published(supplier, cast.manager, cast.manager2)
    with pytest.raises(WrongState):
        assessments.publish(assessment_id=done.pk, actor=person(cast.manager2))
    assert done.history.filter(state="published").count() == 1


@pytest.mark.parametrize("step", ["save_answers", "submit", "review", "send_back"])
def test_a_published_assessment_never_changes(cast: Cast, supplier: Supplier, step: str) -> None:
    done = published(supplier, cast.manager, cast.manager2)
    before = revision(done)
    details = {"save_answers": {"answers": all_best(done)}, "send_back": {"reason": "Why not."}}
    with pytest.raises(WrongState):
        getattr(assessments, step)(
            assessment_id=done.pk, actor=person(cast.manager2), **details.get(step, {})
        )
    assert revision(done) == before


STEPS = ("save_answers", "submit", "review", "send_back", "publish")
MAY = {
    "manager": set(STEPS),
    "platform": {"review", "send_back", "publish"},
    "auditor": set(),
}


@pytest.mark.parametrize("name", ["manager", "platform", "auditor", "staff", "staff2", "nobody"])
@pytest.mark.parametrize("step", STEPS)
def test_each_step_asks_for_its_permission(
    cast: Cast, supplier: Supplier, name: str, step: str
) -> None:
    if step in ("save_answers", "submit"):
        row = started(supplier, cast.manager2)
        answered(row, cast.manager2)
    else:
        row = submitted(supplier, cast.manager2)
        if step == "publish":
            assessments.review(assessment_id=row.pk, actor=person(cast.platform))
    details = {"save_answers": {"answers": {}}, "send_back": {"reason": "Why not."}}
    before = revision(row)

    def run() -> None:
        getattr(assessments, step)(
            assessment_id=row.pk, actor=person(getattr(cast, name)), **details.get(step, {})
        )

    if step in MAY.get(name, set()):
        run()
        return
    with pytest.raises(BackofficeError) as refusal:
        run()
    assert type(refusal.value) is (NotAllowed if name in MAY else NotFound)
    assert revision(row) == before


def test_a_foreign_supplier_looks_like_a_missing_one(cast: Cast) -> None:
    foreign = supplier_of(cast.other_merchant)
    with pytest.raises(NotFound) as hidden:
        started(foreign, cast.manager)
    assert str(hidden.value) == str(NotFound())
    assert not Assessment.objects.exists()


def test_a_foreign_assessment_cannot_be_answered(cast: Cast, supplier: Supplier) -> None:
    draft = started(supplier, cast.manager)
    with pytest.raises(NotFound):
        assessments.save_answers(
            assessment_id=draft.pk, answers=all_best(draft), actor=person(cast.staff2)
        )
    assert not Answer.objects.exists()


@pytest.mark.parametrize(
    "period", ["", "2026", "2026-Q5", "2026-q1", "26-Q1", "2026-Q1\n2", "２０２６-Q1", "1999-Q4"]
)
def test_an_unknown_period_is_refused(cast: Cast, supplier: Supplier, period: str) -> None:
    with pytest.raises(UnknownPeriod, match="is not a quarter"):
        started(supplier, cast.manager, period)


@travel("2026-11-21T12:00:00Z")
def test_a_quarter_that_has_not_begun_is_refused() -> None:
    assert check_period(" 2026-Q4 ") == current_period() == "2026-Q4"
    with pytest.raises(UnknownPeriod, match="2027-Q1 has not begun yet"):
        check_period("2027-Q1")


def test_one_assessment_per_supplier_form_and_quarter(cast: Cast, supplier: Supplier) -> None:
    started(supplier, cast.manager)
    with pytest.raises(BadInput, match="Acme already has an assessment for 2026-Q1"):
        started(supplier, cast.manager2)


def test_a_draft_form_cannot_be_filled_in(cast: Cast, supplier: Supplier) -> None:
    with pytest.raises(BadInput, match="Only a published form"):
        assessments.start(
            supplier_id=supplier.pk,
            template_id=draft_form(100).pk,
            period=PERIOD,
            actor=person(cast.manager),
        )


def test_an_answer_outside_the_choices_saves_nothing(cast: Cast, supplier: Supplier) -> None:
    draft = started(supplier, cast.manager)
    with pytest.raises(AnswerOutsideChoices, match="“11” is not a possible answer"):
        answered(draft, cast.manager, q100="11")
    assert not Answer.objects.exists()


def test_a_question_of_another_form_is_refused(cast: Cast, supplier: Supplier) -> None:
    draft, other = started(supplier, cast.manager), draft_form(100).questions.get()
    with pytest.raises(BadInput, match="no such question"):
        assessments.save_answers(
            assessment_id=draft.pk, answers={other.pk: Given("5")}, actor=person(cast.manager)
        )


def test_a_too_long_answer_is_refused(cast: Cast, supplier: Supplier) -> None:
    draft = started(supplier, cast.manager)
    with pytest.raises(BadInput, match="is too long"):
        answered(draft, cast.manager, q120="x" * 4001)


def test_a_stale_page_cannot_overwrite_a_colleagues_answers(cast: Cast, supplier: Supplier) -> None:
    draft = started(supplier, cast.manager)
    seen = revision(draft)
    answered(draft, cast.manager2)
    with pytest.raises(StaleVersion):
        assessments.save_answers(
            assessment_id=draft.pk, answers={}, actor=person(cast.manager), seen=seen
        )


def test_a_review_of_answers_that_changed_since_is_refused(cast: Cast, supplier: Supplier) -> None:
    done = submitted(supplier, cast.manager)
    seen = revision(done)
    assessments.send_back(assessment_id=done.pk, actor=person(cast.manager2), reason="Again.")
    answered(done, cast.manager, q60="1")
    assessments.submit(assessment_id=done.pk, actor=person(cast.manager))
    with pytest.raises(StaleVersion):
        assessments.review(assessment_id=done.pk, actor=person(cast.manager2), seen=seen)


def test_saving_the_same_answers_again_writes_nothing(cast: Cast, supplier: Supplier) -> None:
    draft = started(supplier, cast.manager)
    answered(draft, cast.manager)
    before = revision(draft)
    answered(draft, cast.manager)
    assert revision(draft) == before
