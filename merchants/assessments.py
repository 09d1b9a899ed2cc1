"""Assessing a supplier: start, fill in, submit, review, publish.

Every service checks the permission over the very row, locks it, and leaves one version in history
with the actor and the reason. ``seen`` is the ``revision`` that a page showed: when the assessment
has changed since, the service refuses rather than overwrite somebody else's work.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Max
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from backoffice.actors import Actor
from backoffice.audit.recording import recorded
from backoffice.exceptions import BadInput, NotAllowed, NotFound, StaleVersion, WrongState
from merchants.models import Answer, Assessment, FormTemplate, Question, Supplier
from merchants.periods import check_period
from merchants.scoring import points, result

FILL, REVIEW, PUBLISH = (f"merchants.{verb}_assessment" for verb in ("fill", "review", "publish"))
State = Assessment.State
TEXT_LIMIT = 4000
NOTE_LIMIT = 300


@dataclass(frozen=True)
class Given:
    """What somebody answered to one question, and their remark."""

    value: str = ""
    note: str = ""


class Unanswered(BadInput):
    """Scored questions are still open; ``questions`` are those."""

    def __init__(self, questions: list[Question]) -> None:
        self.questions = questions
        names = "; ".join(f"“{question.label}”" for question in questions)
        super().__init__(
            _("Answer these questions before you submit: %(names)s.") % {"names": names}
        )


class OwnReview(NotAllowed):
    """Four eyes: nobody confirms what they submitted."""

    message = gettext_lazy("You submitted this assessment. Another person has to review it.")


def start(*, supplier_id: int, template_id: int, period: str, actor: Actor) -> Assessment:
    """Open a draft about one supplier in one quarter.

    Raises ``NotFound`` for a supplier that is not the actor's, ``UnknownPeriod``, and ``BadInput``
    for an inactive supplier, a form that is not published, or a second assessment of the quarter.
    """
    with recorded(actor, gettext_noop("Assessment started."), "assessment.start"):
        supplier = _own_supplier(supplier_id, actor)
        template = _published(template_id, actor)
        quarter = check_period(period)
        if supplier.assessments.filter(template__code=template.code, period=quarter).exists():
            raise BadInput(
                _("%(supplier)s already has an assessment for %(period)s with this form.")
                % {"supplier": supplier, "period": quarter}
            )
        return Assessment.objects.create(supplier=supplier, template=template, period=quarter)


def save_answers(
    *, assessment_id: int, answers: Mapping[int, Given], actor: Actor, seen: int | None = None
) -> Assessment:
    """Keep ``answers`` (by question id) in the draft; an empty value takes an answer back.

    Raises ``AnswerOutsideChoices``, ``BadInput`` for a question of another form, ``WrongState``
    once submitted, ``StaleVersion`` when somebody else saved in between.
    """
    with recorded(actor, gettext_noop("Answers saved."), "assessment.save"):
        assessment = _locked(assessment_id, FILL, actor, seen)
        _require(assessment, State.DRAFT)
        asked = {question.pk: question for question in questions_of(assessment)}
        if set(answers) - set(asked):
            raise BadInput(_("This form has no such question."))
        kept = {answer.question_id: answer for answer in assessment.answers.all()}
        for pk, given in answers.items():
            _keep(kept.get(pk) or Answer(assessment=assessment, question=asked[pk]), given)
    return assessment


def submit(*, assessment_id: int, actor: Actor, seen: int | None = None) -> Assessment:
    """Fix the answers, their score and their grade.

    Raises ``Unanswered`` with the scored questions that are open.
    """
    with recorded(actor, gettext_noop("Submitted for review."), "assessment.submit"):
        assessment = _locked(assessment_id, FILL, actor, seen)
        _require(assessment, State.DRAFT)
        answers = answers_of(assessment)
        scored = (q for q in questions_of(assessment) if q.kind != Question.Kind.TEXT)
        missing = [question for question in scored if not answers.get(question)]
        if missing:
            raise Unanswered(missing)
        with translation.override("en"):  # history keeps one language; pages tell it in theirs
            outcome = result(answers)
        assessment.score, assessment.grade = outcome.score, outcome.grade
        assessment.grade_reason = outcome.reason[:300]
        assessment.submitted_by = actor.user
        assessment.submit()
        assessment.save()
    return assessment


def review(
    *, assessment_id: int, actor: Actor, reason: str = "", seen: int | None = None
) -> Assessment:
    """Confirm somebody else's answers; raises ``OwnReview`` for one's own."""
    why = reason.strip() or gettext_noop("Confirmed by a second person.")
    with recorded(actor, why, "assessment.review"):
        assessment = _locked(assessment_id, REVIEW, actor, seen)
        _require(assessment, State.SUBMITTED)
        if assessment.submitted_by_id == actor.user.pk:
            raise OwnReview
        assessment.reviewed_by = actor.user
        assessment.review()
        assessment.save()
    return assessment


def send_back(
    *, assessment_id: int, actor: Actor, reason: str, seen: int | None = None
) -> Assessment:
    """Make it a draft again, saying what is missing; the score waits for the next submission."""
    if not reason.strip():
        raise BadInput(_("Say what has to be answered better."))
    with recorded(actor, reason, "assessment.send_back"):
        assessment = _locked(assessment_id, REVIEW, actor, seen)
        _require(assessment, State.SUBMITTED)
        assessment.score, assessment.grade, assessment.grade_reason = None, "", ""
        assessment.submitted_by = None
        assessment.send_back()
        assessment.save()
    return assessment


def publish(*, assessment_id: int, actor: Actor, seen: int | None = None) -> Assessment:
    """Let the grade count: from now on it is the supplier's grade for this quarter."""
    with recorded(actor, gettext_noop("Grade published."), "assessment.publish"):
        assessment = _locked(assessment_id, PUBLISH, actor, seen)
        _require(assessment, State.REVIEWED)
        assessment.publish()
        assessment.save()
    return assessment


def questions_of(assessment: Assessment) -> list[Question]:
    """The questions that the form asks, in order."""
    return list(assessment.template.questions.filter(active=True).order_by("position"))


def answers_of(assessment: Assessment) -> dict[Question, str]:
    """What has been answered so far."""
    rows = assessment.answers.select_related("question").order_by("question__position")
    return {answer.question: answer.value for answer in rows}


def revision(assessment: Assessment) -> int:
    """A number that grows with every change of the assessment or its answers."""
    own = assessment.history.aggregate(last=Max("history_id"))["last"] or 0
    answers = Answer.history.filter(assessment_id=assessment.pk)
    return own + (answers.aggregate(last=Max("history_id"))["last"] or 0)


def _keep(answer: Answer, given: Given) -> None:
    value, note = given.value.strip(), given.note.strip()
    if len(value) > TEXT_LIMIT or len(note) > NOTE_LIMIT:
        raise BadInput(
            _("The answer to “%(question)s” is too long.") % {"question": answer.question.label}
        )
    earned = points(answer.question, value)
    unchanged = (answer.value, answer.note) == (value, note)
    if unchanged and (answer.pk or not (value or note)):
        return
    answer.value, answer.note, answer.points = value, note, earned
    answer.save()


def _own_supplier(supplier_id: int, actor: Actor) -> Supplier:
    rows = Supplier.objects.visible_to(actor.user).select_for_update(of=("self",))
    supplier = rows.filter(pk=supplier_id).first()
    if supplier is None:
        raise NotFound
    if not actor.user.has_perm(FILL, supplier):
        raise NotAllowed
    if not supplier.active:
        raise BadInput(_("%(supplier)s is not active any more.") % {"supplier": supplier})
    return supplier


def _published(template_id: int, actor: Actor) -> FormTemplate:
    template = FormTemplate.objects.visible_to(actor.user).filter(pk=template_id).first()
    if template is None:
        raise NotFound
    if template.state != FormTemplate.State.PUBLISHED:
        raise BadInput(_("Only a published form can be filled in."))
    return template


def _locked(assessment_id: int, permission: str, actor: Actor, seen: int | None) -> Assessment:
    """The row, locked and read afresh; refuses strangers, the wrong role and stale pages."""
    rows = Assessment.objects.visible_to(actor.user).select_for_update(of=("self",))
    assessment = rows.filter(pk=assessment_id).first()
    if assessment is None:
        raise NotFound
    if not actor.user.has_perm(permission, assessment):
        raise NotAllowed
    if seen is not None and seen != revision(assessment):
        raise StaleVersion
    return assessment


def _require(assessment: Assessment, state: State) -> None:
    if assessment.state != state:
        raise WrongState
