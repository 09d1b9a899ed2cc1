"""The pages on which suppliers are assessed, as a browser posts to them."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from backoffice.actors import INSTALLER, system
from backoffice.audit.recording import recorded
from merchants.assessments import questions_of, revision
from merchants.models import Assessment, Supplier
from tests.cast import Cast
from tests.merchants.desk import (
    all_best,
    fresh,
    published,
    scorecard,
    started,
    submitted,
    supplier_of,
)

pytestmark = pytest.mark.once  # every page is opened on PostgreSQL by tests/access/test_opening.py


@pytest.fixture
def supplier(cast: Cast) -> Supplier:
    return supplier_of(cast.merchant)


def page(name: str, *args: object) -> str:
    return reverse(f"admin:merchants_assessment_{name}", args=args)


def filled(draft: Assessment, **extra: object) -> dict[str, object]:
    """What the browser posts when every question has its best answer."""
    answers = {f"answer-{pk}": given.value for pk, given in all_best(draft).items()}
    return {"seen": revision(draft), **answers, **extra}


def start_data(supplier: Supplier) -> dict[str, object]:
    return {"supplier": supplier.pk, "template": scorecard().pk, "period": "2026-Q1"}


def test_a_manager_starts_fills_in_and_submits(
    cast: Cast, client: Client, supplier: Supplier
) -> None:
    client.force_login(cast.manager)
    response = client.post(page("add"), start_data(supplier))
    draft = Assessment.objects.get()
    assert response["Location"] == page("fill", draft.pk)
    assert client.get(page("fill", draft.pk)).status_code == 200
    response = client.post(page("fill", draft.pk), filled(draft, submit="1"))
    assert response["Location"] == page("change", draft.pk)
    done = fresh(draft)
    assert (done.state, done.score, done.submitted_by) == ("submitted", Decimal(100), cast.manager)
    version = done.history.latest("history_id")
    assert (version.history_user, version.history_change_reason, version.source) == (
        cast.manager,
        "Submitted for review.",
        "admin",
    )


def test_a_draft_is_saved_with_open_questions(
    cast: Cast, client: Client, supplier: Supplier
) -> None:
    draft = started(supplier, cast.manager)
    client.force_login(cast.manager)
    first = questions_of(draft)[0]
    data = {
        "seen": revision(draft),
        f"answer-{first.pk}": "most",
        f"note-{first.pk}": "3 of 80 lots.",
    }
    assert client.post(page("fill", draft.pk), data).status_code == 302
    answer = draft.answers.get()
    assert (answer.value, answer.points, answer.note) == ("most", 75, "3 of 80 lots.")
    assert "3 of 80 lots." in client.get(page("fill", draft.pk)).content.decode()


def test_an_open_question_is_named_where_it_stands(
    cast: Cast, client: Client, supplier: Supplier
) -> None:
    draft = started(supplier, cast.manager)
    client.force_login(cast.manager)
    data = filled(draft, submit="1")
    third = questions_of(draft)[2]
    data.pop(f"answer-{third.pk}")
    response = client.post(page("fill", draft.pk), data)
    assert response.status_code == 400
    form = response.context["form"]
    assert form.errors == {f"answer-{third.pk}": ["Answer this question before you submit."]}
    assert fresh(draft).state == "draft"
    assert draft.answers.count() == 11  # what was answered is kept


def test_a_forged_answer_is_refused_where_it_stands(
    cast: Cast, client: Client, supplier: Supplier
) -> None:
    draft = started(supplier, cast.manager)
    client.force_login(cast.manager)
    first = questions_of(draft)[0]
    response = client.post(page("fill", draft.pk), filled(draft, **{f"answer-{first.pk}": "x"}))
    assert list(response.context["form"].errors) == [f"answer-{first.pk}"]
    assert not draft.answers.exists()


@pytest.mark.parametrize("seen", ["0", "", "x", "９", "9" * 40])
def test_a_stale_tab_saves_nothing(
    cast: Cast, client: Client, supplier: Supplier, seen: str
) -> None:
    draft = started(supplier, cast.manager)
    client.force_login(cast.manager)
    response = client.post(page("fill", draft.pk), filled(draft, seen=seen))
    assert response.status_code == 400
    assert b"Somebody else changed this in the meantime" in response.content
    assert not draft.answers.exists()


def test_a_submitted_assessment_is_not_filled_in(
    cast: Cast, client: Client, supplier: Supplier
) -> None:
    done = submitted(supplier, cast.manager)
    client.force_login(cast.manager)
    before = revision(done)
    response = client.post(page("fill", done.pk), filled(done), follow=True)
    assert b"its answers are fixed" in response.content
    assert revision(done) == before


@pytest.mark.parametrize(
    ("extra", "sentence"),
    [
        ({"period": "2026-Q7"}, "“2026-Q7” is not a quarter. Write it like 2026-Q4."),
        ({"period": ""}, "This field is required."),
        ({"supplier": "999"}, "Select a valid choice."),
        ({"template": "999"}, "Select a valid choice."),
    ],
)
def test_a_start_that_cannot_be_says_why(
    cast: Cast, client: Client, supplier: Supplier, extra: dict[str, str], sentence: str
) -> None:
    client.force_login(cast.manager)
    response = client.post(page("add"), {**start_data(supplier), **extra})
    assert sentence in response.content.decode()
    assert not Assessment.objects.exists()


def test_a_second_assessment_of_the_quarter_says_why(
    cast: Cast, client: Client, supplier: Supplier
) -> None:
    client.force_login(cast.manager)
    client.post(page("add"), start_data(supplier))
    response = client.post(page("add"), start_data(supplier))
    assert b"already has an assessment for 2026-Q1" in response.content
    assert Assessment.objects.count() == 1


def test_a_foreign_supplier_is_neither_offered_nor_accepted(cast: Cast, client: Client) -> None:
    foreign = supplier_of(cast.other_merchant, "marker-supplier")
    client.force_login(cast.manager)
    assert b"Marker-Supplier" not in client.get(page("add")).content
    response = client.post(page("add"), start_data(foreign))
    assert b"Select a valid choice" in response.content
    assert b"Marker-Supplier" not in response.content
    assert not Assessment.objects.exists()


def test_a_review_confirms_and_a_publication_counts(
    cast: Cast, client: Client, supplier: Supplier
) -> None:
    done = submitted(supplier, cast.manager)
    client.force_login(cast.manager2)
    client.post(page("step", done.pk, "review"), {"seen": revision(done), "reason": "Checked."})
    client.post(page("step", done.pk, "publish"), {"seen": revision(done)})
    done = fresh(done)
    assert (done.state, done.reviewed_by) == ("published", cast.manager2)
    reasons = list(done.history.values_list("history_change_reason", flat=True)[:2])
    assert reasons == ["Grade published.", "Checked."]


def test_the_submitter_sees_no_confirm_button_and_a_forged_review_is_refused(
    cast: Cast, client: Client, supplier: Supplier
) -> None:
    done = submitted(supplier, cast.manager)
    client.force_login(cast.manager)
    address = page("step", done.pk, "review")
    assert address not in client.get(page("change", done.pk)).content.decode()
    response = client.post(address, {"seen": revision(done)})
    assert response.status_code == 403
    assert b"Another person has to review it." in response.content
    assert fresh(done).state == "submitted"


def test_publishing_twice_from_a_stale_tab_is_refused(
    cast: Cast, client: Client, supplier: Supplier
) -> None:
    done = published(supplier, cast.manager, cast.manager2)
    client.force_login(cast.manager2)
    before = revision(done)
    response = client.post(page("step", done.pk, "publish"), {"seen": before})
    assert response.status_code == 409
    assert b"no longer possible" in response.content
    assert revision(done) == before


def test_sending_back_without_a_reason_says_what_is_missing(
    cast: Cast, client: Client, supplier: Supplier
) -> None:
    done = submitted(supplier, cast.manager)
    client.force_login(cast.manager2)
    response = client.post(
        page("step", done.pk, "send-back"), {"seen": revision(done), "reason": " "}
    )
    assert response.status_code == 400
    assert b"Say what has to be answered better." in response.content


@pytest.mark.parametrize("step", ["review", "send-back", "publish"])
@pytest.mark.parametrize(("name", "status"), [("auditor", 403), ("staff2", 404), ("staff", 404)])
def test_a_forged_step_is_refused(
    cast: Cast, client: Client, supplier: Supplier, step: str, name: str, status: int
) -> None:
    done = submitted(supplier, cast.manager)
    client.force_login(getattr(cast, name))
    before = revision(done)
    data = {"seen": before, "reason": "Forged."}
    assert client.post(page("step", done.pk, step), data).status_code == status
    assert revision(done) == before


def test_a_step_is_never_taken_by_a_link(cast: Cast, client: Client, supplier: Supplier) -> None:
    done = submitted(supplier, cast.manager)
    client.force_login(cast.manager2)
    assert client.get(page("step", done.pk, "review")).status_code == 405
    assert client.get(page("step", done.pk, "delete")).status_code == 404
    assert client.post(page("change", done.pk), {"score": "1"}).status_code == 405


@pytest.mark.parametrize("name", ["auditor", "platform"])
def test_who_may_not_fill_in_gets_no_form(
    cast: Cast, client: Client, supplier: Supplier, name: str
) -> None:
    draft = started(supplier, cast.manager)
    client.force_login(getattr(cast, name))
    assert client.get(page("change", draft.pk)).status_code == 200
    assert client.get(page("fill", draft.pk)).status_code == 403
    assert client.post(page("fill", draft.pk), filled(draft)).status_code == 403
    assert client.get(page("add")).status_code == 403
    assert not draft.answers.exists()


def test_a_foreign_assessment_does_not_exist_for_others(cast: Cast, client: Client) -> None:
    foreign = supplier_of(cast.other_merchant, "marker-supplier")
    with recorded(system(INSTALLER), "For a test."):
        draft = Assessment.objects.create(supplier=foreign, template=scorecard(), period="2026-Q1")
    client.force_login(cast.manager)
    for address in ("change", "fill", "history"):
        assert client.get(page(address, draft.pk)).status_code == 404
    for address in ("changelist", "ranking", "add"):
        assert b"Marker-Supplier" not in client.get(page(address)).content


def test_the_list_filters_by_quarter_state_and_grade(
    cast: Cast, client: Client, supplier: Supplier
) -> None:
    published(supplier, cast.manager, cast.manager2, "2026-Q1")
    started(supplier, cast.manager, "2026-Q2")
    client.force_login(cast.manager)
    for query, count in (
        ("period=2026-Q1", 1),
        ("period=2026-Q2&state__exact=published", 0),
        ("state__exact=draft", 1),
        ("grade__exact=A", 1),
        ("", 2),
    ):
        response = client.get(f"{page('changelist')}?{query}")
        assert response.context["cl"].result_count == count, query


def test_the_ranking_takes_the_latest_published_score(cast: Cast, client: Client) -> None:
    good, late = supplier_of(cast.merchant, "good"), supplier_of(cast.merchant, "late")
    published(good, cast.manager, cast.manager2, "2026-Q1")
    published(late, cast.manager, cast.manager2, "2026-Q1")
    published(late, cast.manager, cast.manager2, "2026-Q2")
    started(good, cast.manager, "2026-Q2")
    client.force_login(cast.auditor)
    [(merchant, places)] = client.get(page("ranking")).context["ranking"]
    assert merchant == cast.merchant
    assert [(p.rank, p.supplier, p.assessment.period) for p in places] == [
        (1, good, "2026-Q1"),
        (1, late, "2026-Q2"),
    ]


def test_the_page_tells_the_grade_in_the_readers_language(
    cast: Cast, client: Client, supplier: Supplier
) -> None:
    done = published(supplier, cast.manager, cast.manager2)
    client.force_login(cast.auditor)
    client.cookies["django_language"] = "zh-hans"
    assert "来料批次合格率" in client.get(page("change", done.pk)).content.decode()
    assert done.grade_reason == "The score of 100.00 is in the band from 90 to 100."


def test_the_history_page_shows_every_answer(
    cast: Cast, client: Client, supplier: Supplier
) -> None:
    done = submitted(supplier, cast.manager)
    client.force_login(cast.auditor)
    entries = client.get(page("history", done.pk)).context["entries"]
    every = [part for entry in entries for part in (entry, *entry.parts)]
    assert sum(part.row == "answer" for part in every) == 12
    assert all(part.actor and part.reason for part in every)


def test_the_home_page_says_what_waits_for_whom(
    cast: Cast, client: Client, supplier: Supplier
) -> None:
    submitted(supplier, cast.manager)
    client.force_login(cast.manager2)
    assert b"waiting for your review" in client.get(reverse("admin:index")).content
    client.force_login(cast.manager)
    assert b"waiting for your review" not in client.get(reverse("admin:index")).content
