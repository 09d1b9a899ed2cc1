"""Forms: checked before they are published, and fixed afterwards."""

import pytest

from backoffice.actors import person
from backoffice.audit.recording import recorded
from backoffice.exceptions import BackofficeError, NotAllowed, WrongState
from backoffice.install import install_roles
from merchants.form_templates import FormNotReady, new_version, publish_template
from merchants.models import FormTemplate, Question
from merchants.models.forms import FormFixed
from merchants.scorecard import CODE, install_scorecard
from tests.cast import Cast
from tests.merchants.desk import draft_form, scorecard

pytestmark = pytest.mark.once  # sums and rules of forms: nothing that a database decides


def edit(cast: Cast, row: FormTemplate | Question, **values: object) -> None:
    with recorded(person(cast.platform), "Edit."):
        for name, value in values.items():
            setattr(row, name, value)
        row.save()


def test_the_shipped_scorecard_is_published_and_weighs_100(cast: Cast) -> None:
    form = scorecard()
    assert [q.weight for q in form.questions.all() if q.weight] == [
        15,
        15,
        10,
        15,
        10,
        15,
        5,
        5,
        5,
        5,
    ]
    assert form.questions.exclude(critical_answer="").exists()
    assert all(question.text_zh for question in form.questions.all())
    version = form.history.latest("history_id")
    assert (version.actor_name, version.history_change_reason) == (
        "installer",
        "Shipped with the software.",
    )


def test_installing_again_changes_nothing(cast: Cast) -> None:
    before = Question.history.count(), FormTemplate.history.count()
    install_roles()
    install_scorecard()
    assert (Question.history.count(), FormTemplate.history.count()) == before


def test_a_form_whose_weights_are_not_100_is_not_published(cast: Cast) -> None:
    form = draft_form(50, 49)
    with pytest.raises(FormNotReady, match=r"add up to 99\. They must"):
        publish_template(template_id=form.pk, actor=person(cast.platform))
    assert FormTemplate.objects.get(pk=form.pk).state == "draft"


def test_a_question_that_is_not_asked_does_not_weigh(cast: Cast) -> None:
    form = draft_form(100, 10)
    edit(cast, form.questions.get(position=2), active=False)
    assert publish_template(template_id=form.pk, actor=person(cast.platform)).state == "published"


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"kind": "choice", "choices": []}, "at least two choices"),
        ({"kind": "choice", "choices": [["a", "A", "", 0], ["b", "B", "", 101]]}, "from 0 to 100"),
        ({"kind": "choice", "choices": [["a", "A", "", 0], ["a", "B", "", 1]]}, "the same code"),
        ({"kind": "choice", "choices": ["a", "b"]}, "Each choice is"),
        ({"kind": "scale", "choices": [["a", "A", "", 0]]}, "Only a choice question"),
        ({"critical_answer": "6"}, "must be one of: 1, 2, 3, 4, 5"),
    ],
)
def test_an_unsound_question_is_not_published(
    cast: Cast, values: dict[str, object], sentence: str
) -> None:
    form = draft_form(100)
    edit(cast, form.questions.get(), **values)
    with pytest.raises(FormNotReady, match=sentence):
        publish_template(template_id=form.pk, actor=person(cast.platform))


def test_publishing_leaves_actor_and_reason(cast: Cast) -> None:
    form = draft_form(100)
    publish_template(template_id=form.pk, actor=person(cast.platform))
    version = form.history.latest("history_id")
    assert (version.state, version.history_user, version.history_change_reason, version.action) == (
        "published",
        cast.platform,
        "Form published.",
        "template.publish",
    )


def test_publishing_twice_is_refused(cast: Cast) -> None:
    form = draft_form(100)
    publish_template(template_id=form.pk, actor=person(cast.platform))
    with pytest.raises(WrongState, match="Only a draft"):
        publish_template(template_id=form.pk, actor=person(cast.platform))


@pytest.mark.parametrize("name", ["manager", "auditor", "staff"])
def test_only_the_platform_publishes_forms(cast: Cast, name: str) -> None:
    form = draft_form(100)
    with pytest.raises(BackofficeError) as refusal:
        publish_template(template_id=form.pk, actor=person(getattr(cast, name)))
    assert refusal.value.status in (403, 404)
    assert FormTemplate.objects.get(pk=form.pk).state == "draft"


def test_publishing_a_new_version_retires_the_one_before(cast: Cast) -> None:
    old = scorecard()
    draft = new_version(template_id=old.pk, actor=person(cast.platform))
    assert (draft.version, draft.state) == (2, "draft")
    copied = [(q.text, q.weight, q.choices, q.critical_answer) for q in draft.questions.all()]
    assert copied == [(q.text, q.weight, q.choices, q.critical_answer) for q in old.questions.all()]
    publish_template(template_id=draft.pk, actor=person(cast.platform))
    states = dict(FormTemplate.objects.filter(code=CODE).values_list("version", "state"))
    assert states == {1: "retired", 2: "published"}


def test_a_form_has_one_draft_at_a_time(cast: Cast) -> None:
    new_version(template_id=scorecard().pk, actor=person(cast.platform))
    with pytest.raises(WrongState, match="already has a draft"):
        new_version(template_id=scorecard().pk, actor=person(cast.platform))


def test_nobody_else_makes_versions(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        new_version(template_id=scorecard().pk, actor=person(cast.manager))


def test_a_published_forms_questions_never_change(cast: Cast) -> None:
    question = scorecard().questions.first()
    with pytest.raises(FormFixed):
        edit(cast, question, weight=20)
    assert Question.objects.get(pk=question.pk).weight == 15


def test_a_published_form_gets_no_more_questions(cast: Cast) -> None:
    with pytest.raises(FormFixed), recorded(person(cast.platform), "Add."):
        Question.objects.create(template=scorecard(), position=999, text="More", kind="text")


def test_a_published_forms_question_cannot_move_to_a_draft(cast: Cast) -> None:
    with pytest.raises(FormFixed):
        edit(cast, scorecard().questions.first(), template=draft_form(), position=1)


def test_a_published_forms_title_never_changes(cast: Cast) -> None:
    with pytest.raises(FormFixed):
        edit(cast, scorecard(), title="Other")
