"""Forms of assessment: drafted, published, and then fixed."""

import pytest
from django.test import Client

from merchants.models import FormTemplate, Question
from tests.cast import Cast
from tests.merchants.desk import draft_form, scorecard
from tests.merchants.setting_up import WHY, errors, page

pytestmark = pytest.mark.once  # every page is opened on PostgreSQL by tests/access/test_opening.py


def questions(form: FormTemplate, *rows: dict[str, object], initial: int = 0) -> dict[str, object]:
    """A form's page as a browser posts it."""
    data: dict[str, object] = {
        "title": form.title,
        "title_zh": "",
        **WHY,
        "questions-TOTAL_FORMS": len(rows),
        "questions-INITIAL_FORMS": initial,
    }
    for n, row in enumerate(rows):
        base = {"position": n + 1, "kind": "scale", "weight": 0, "active": "on", "text": f"Q{n}"}
        data |= {f"questions-{n}-{k}": v for k, v in {**base, **row}.items()}
    return data


def test_a_draft_is_built_published_and_fixed(cast: Cast, client: Client) -> None:
    client.force_login(cast.platform)
    form = draft_form()
    choices = "good | Good | 好 | 100\nbad | Bad | 差 | 0"
    data = questions(
        form,
        {"weight": 60},
        {"weight": 40, "kind": "choice", "choices": choices, "critical_answer": "bad"},
    )
    assert client.post(page("formtemplate", "change", form.pk), data).status_code == 302
    stored = form.questions.get(kind="choice")
    assert stored.choices == [["good", "Good", "好", 100], ["bad", "Bad", "差", 0]]
    assert stored.history.get().history_change_reason == "Asked by the merchant."
    client.post(page("formtemplate", "publish", form.pk))
    assert FormTemplate.objects.get(pk=form.pk).state == "published"
    assert client.post(page("formtemplate", "change", form.pk), data).status_code == 405
    client.post(page("formtemplate", "new_version", form.pk))
    assert FormTemplate.objects.get(code=form.code, version=2).questions.count() == 2


def test_a_published_form_is_read_as_a_table(cast: Cast, client: Client) -> None:
    client.force_login(cast.manager)
    text = client.get(page("formtemplate", "change", scorecard().pk)).content.decode()
    assert "Every inspected lot was accepted – 100" in text
    assert "The weights add up to 100 of 100." in text
    assert "<form method" not in text.split("desk-page", 1)[1].split("desk-table", 1)[0]


def test_saving_a_draft_untouched_writes_no_version_of_its_questions(
    cast: Cast, client: Client
) -> None:
    client.force_login(cast.platform)
    draft = draft_form()
    choices = "good | Good | 好 | 100\nbad | Bad | 差 | 0"
    row = {"weight": 40, "kind": "choice", "choices": choices}
    client.post(page("formtemplate", "change", draft.pk), questions(draft, row))
    question = draft.questions.get()
    again = questions(draft, {**row, "id": question.pk, "template": draft.pk}, initial=1)
    assert client.post(page("formtemplate", "change", draft.pk), again).status_code == 302
    assert question.history.count() == 1


def test_the_empty_question_at_the_end_may_stay_empty(cast: Cast, client: Client) -> None:
    client.force_login(cast.platform)
    form = draft_form(100)
    text = client.get(page("formtemplate", "change", form.pk)).context
    [shown] = text["inline_admin_formsets"]
    data = questions(
        form, {"weight": 100, "id": form.questions.get().pk, "template": form.pk}, initial=1
    )
    empty = shown.formset.forms[1]
    sent = {bound.html_name: bound.value() for bound in empty if bound.value() is not None}
    sent = {name: "on" if value is True else value for name, value in sent.items()}
    data |= {**sent, "questions-TOTAL_FORMS": 2}
    data["questions-1-kind"] = "scale"  # the first of the list, which has no empty entry
    assert client.post(page("formtemplate", "change", form.pk), data).status_code == 302
    assert form.questions.count() == 1


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({"weight": 101}, "A weight is at most 100."),
        ({"kind": "text", "weight": 5}, "A text question is not scored: its weight is 0."),
        ({"kind": "choice", "choices": "a | A"}, "Line 1: write code | label"),
        ({"kind": "choice", "choices": "a | A | | 5"}, "at least two choices"),
        ({"kind": "choice", "choices": "a|A||5\nb|B||101"}, "points from 0 to 100"),
        ({"kind": "yes_no", "critical_answer": "maybe"}, "must be one of: yes, no."),
    ],
)
def test_an_unsound_question_is_said_in_the_form(
    cast: Cast, client: Client, row: dict[str, object], sentence: str
) -> None:
    client.force_login(cast.platform)
    form = draft_form()
    response = client.post(page("formtemplate", "change", form.pk), questions(form, row))
    said = str(response.context["inline_admin_formsets"][0].formset.errors)
    assert sentence in said
    assert not form.questions.exists()


def test_weights_over_100_are_refused_with_their_sum(cast: Cast, client: Client) -> None:
    client.force_login(cast.platform)
    form = draft_form()
    data = questions(form, {"weight": 60}, {"weight": 60})
    response = client.post(page("formtemplate", "change", form.pk), data)
    said = response.context["inline_admin_formsets"][0].formset.non_form_errors()
    assert said == ["The weights add up to 120. They must add up to exactly 100."]
    assert not form.questions.exists()


def test_publishing_weights_under_100_is_refused_with_their_sum(cast: Cast, client: Client) -> None:
    client.force_login(cast.platform)
    form = draft_form(50, 40)
    response = client.post(page("formtemplate", "publish", form.pk), follow=True)
    assert "The weights add up to 90. They must add up to exactly 100." in response.content.decode()
    assert FormTemplate.objects.get(pk=form.pk).state == "draft"


def test_a_forms_code_is_used_once(cast: Cast, client: Client) -> None:
    client.force_login(cast.platform)
    data = {**questions(draft_form(code="other")), "code": scorecard().code}
    response = client.post(page("formtemplate", "add"), data)
    assert errors(response) == "This form exists. Make a new version of it instead."


@pytest.mark.parametrize("step", ["publish", "new_version"])
@pytest.mark.parametrize(("name", "status"), [("manager", 403), ("auditor", 403), ("staff", 404)])
def test_a_forged_step_of_a_form_is_refused(
    cast: Cast, client: Client, step: str, name: str, status: int
) -> None:
    form = draft_form(100)
    client.force_login(getattr(cast, name))
    before = FormTemplate.history.count(), Question.history.count()
    assert client.post(page("formtemplate", step, form.pk)).status_code == status
    assert client.get(page("formtemplate", step, form.pk)).status_code in (404, 405)
    assert (FormTemplate.history.count(), Question.history.count()) == before
