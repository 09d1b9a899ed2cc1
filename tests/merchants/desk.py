"""Short ways to the suppliers, forms and assessments that these tests need."""

from backoffice.actors import INSTALLER, Actor, person, system
from backoffice.audit.recording import recorded
from backoffice.models import User
from merchants import assessments
from merchants.assessments import Given, questions_of
from merchants.models import Assessment, FormTemplate, Merchant, Question, Supplier
from merchants.scorecard import CODE

PERIOD = "2026-Q1"


def supplier_of(merchant: Merchant, code: str = "acme") -> Supplier:
    """A supplier of ``merchant``."""
    with recorded(system(INSTALLER), "For a test."):
        return Supplier.objects.create(merchant=merchant, code=code, name=code.title())


def scorecard() -> FormTemplate:
    """The shipped, published form."""
    return FormTemplate.objects.get(code=CODE, state="published")


def draft_form(*weights: int, code: str = "test-form") -> FormTemplate:
    """A draft with one scale question per weight."""
    with recorded(system(INSTALLER), "For a test."):
        template = FormTemplate.objects.create(code=code, title="Test form")
        for number, weight in enumerate(weights, 1):
            Question.objects.create(
                template=template,
                position=number,
                text=f"Question {number}",
                kind="scale",
                weight=weight,
            )
    return template


def best(question: Question) -> str:
    """The answer with the most points."""
    if question.kind == "choice":
        return max(question.choices, key=lambda entry: entry[3])[0]
    return {"scale": "5", "yes_no": "yes", "text": "Nothing."}[question.kind]


def all_best(assessment: Assessment) -> dict[int, Given]:
    """The best answer to each question."""
    return {question.pk: Given(best(question)) for question in questions_of(assessment)}


def started(supplier: Supplier, user: User, period: str = PERIOD) -> Assessment:
    """A new draft with the shipped form."""
    return assessments.start(
        supplier_id=supplier.pk, template_id=scorecard().pk, period=period, actor=person(user)
    )


def submitted(supplier: Supplier, user: User, period: str = PERIOD) -> Assessment:
    """A submitted assessment with the best answers."""
    draft = started(supplier, user, period)
    actor = Actor(user)
    assessments.save_answers(assessment_id=draft.pk, answers=all_best(draft), actor=actor)
    return assessments.submit(assessment_id=draft.pk, actor=actor)


def published(supplier: Supplier, user: User, reviewer: User, period: str = PERIOD) -> Assessment:
    """A published assessment with the best answers."""
    done = submitted(supplier, user, period)
    assessments.review(assessment_id=done.pk, actor=person(reviewer))
    return assessments.publish(assessment_id=done.pk, actor=person(reviewer))


def fresh(assessment: Assessment) -> Assessment:
    """The row as it is now."""
    return Assessment.objects.get(pk=assessment.pk)
