"""Merchants, stores, memberships, suppliers and forms in the admin."""

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from backoffice.roles import ROLES
from merchants.models import FormTemplate, Membership, Merchant, Question, Store, Supplier
from tests.cast import Cast
from tests.merchants.desk import draft_form, published, scorecard, supplier_of

pytestmark = pytest.mark.once  # every page is opened on PostgreSQL by tests/access/test_opening.py

USUAL = {"time_zone": "Asia/Shanghai", "daily_cap_count": 200, "daily_cap_amount": "20000"}
WHY = {"change_reason": "Asked by the merchant."}


def page(model: str, name: str, *args: object) -> str:
    return reverse(f"admin:merchants_{model}_{name}", args=args)


def errors(response: object) -> str:
    """Every sentence that the form says."""
    return " ".join(str(e) for es in response.context["adminform"].form.errors.values() for e in es)


def membership(cast: Cast, **place: object) -> dict[str, object]:
    return {"user": cast.nobody.pk, "role": "staff", "active": "on", **place, **WHY}


def test_the_platform_gives_a_role_and_history_says_why(cast: Cast, client: Client) -> None:
    client.force_login(cast.platform)
    response = client.post(page("membership", "add"), membership(cast, store=cast.a.pk))
    assert response.status_code == 302
    version = Membership.objects.get(user=cast.nobody).history.get()
    assert (version.history_user, version.history_change_reason, version.source) == (
        cast.platform,
        "Asked by the merchant.",
        "admin",
    )


@pytest.mark.parametrize(
    "place",
    [
        {"role": "staff"},
        {"role": "staff", "store": "a", "merchant": "merchant"},
        {"role": "platform", "store": "a"},
        {"role": "auditor", "merchant": "merchant"},
    ],
)
def test_a_place_that_does_not_fit_the_role_is_said_in_the_form(
    cast: Cast, client: Client, place: dict[str, str]
) -> None:
    client.force_login(cast.platform)
    given = {k: v if k == "role" else getattr(cast, v).pk for k, v in place.items()}
    response = client.post(page("membership", "add"), membership(cast, **given))
    assert response.status_code == 200
    assert "any other role needs a store or a merchant, not both." in errors(response)
    assert not Membership.objects.filter(user=cast.nobody).exists()


def test_the_same_role_twice_is_said_in_the_form(cast: Cast, client: Client) -> None:
    client.force_login(cast.platform)
    client.post(page("membership", "add"), membership(cast, merchant=cast.merchant.pk))
    response = client.post(page("membership", "add"), membership(cast, merchant=cast.merchant.pk))
    assert errors(response) == "This person already has this role there."
    assert Membership.objects.filter(user=cast.nobody).count() == 1


def test_a_change_without_a_reason_is_not_made(cast: Cast, client: Client) -> None:
    client.force_login(cast.platform)
    data = {"code": cast.a.code, "name": "New name", "channel": "own", "currency": "CNY", **USUAL}
    for reason in ({}, {"change_reason": "  "}, {"change_reason": "x" * 301}):
        response = client.post(page("store", "change", cast.a.pk), {**data, **reason})
        assert list(response.context["adminform"].form.errors) == ["change_reason"]
    assert Store.objects.get(pk=cast.a.pk).name == "Store A"
    assert cast.a.history.count() == 1


def test_deactivating_a_membership_ends_access_at_once(cast: Cast, client: Client) -> None:
    colleague = Client()
    colleague.force_login(cast.staff)
    assert colleague.get(page("store", "changelist")).status_code == 200
    row = Membership.objects.get(user=cast.staff)
    client.force_login(cast.platform)
    data = {"user": cast.staff.pk, "role": "staff", "store": cast.a.pk, **WHY}
    assert client.post(page("membership", "change", row.pk), data).status_code == 302
    assert colleague.get(page("store", "changelist")).status_code == 302
    assert row.history.latest("history_id").history_change_reason == "Asked by the merchant."


def test_nobody_ends_their_own_membership(cast: Cast, client: Client) -> None:
    client.force_login(cast.platform)
    row = Membership.objects.get(user=cast.platform)
    data = {"user": cast.platform.pk, "role": "platform", **WHY}
    response = client.post(page("membership", "change", row.pk), data)
    assert errors(response) == "This is your own membership. Ask a colleague to change it."
    assert Membership.objects.get(pk=row.pk).active


@pytest.mark.parametrize("name", ["auditor", "manager", "staff", "finance", "checker"])
def test_only_the_platform_gives_roles(cast: Cast, client: Client, name: str) -> None:
    client.force_login(getattr(cast, name))
    data = membership(cast, role="platform")
    row = Membership.objects.get(user=getattr(cast, name))
    assert client.post(page("membership", "add"), data).status_code in (403, 405)
    assert client.post(page("membership", "change", row.pk), data).status_code in (403, 404, 405)
    assert not Membership.objects.filter(user=cast.nobody).exists()
    assert row.history.count() == 1


@pytest.mark.parametrize(
    ("name", "status"), [("platform", 200), ("auditor", 200), ("manager", 403)]
)
def test_the_roles_page_is_for_who_may_see_memberships(
    cast: Cast, client: Client, name: str, status: int
) -> None:
    client.force_login(getattr(cast, name))
    response = client.get(page("membership", "roles"))
    assert response.status_code == status
    if status == 200:
        rows = {row["label"]: row["held"] for g in response.context["groups"] for row in g["rows"]}
        assert rows["Can fill in assessments"] == [role == "manager" for role in ROLES]
        assert (
            page("membership", "roles")
            in client.get(page("membership", "changelist")).content.decode()
        )


@pytest.mark.parametrize("code", ["Big", "with space", "-x", "ü", ""])
def test_a_merchants_code_is_plain(cast: Cast, client: Client, code: str) -> None:
    client.force_login(cast.platform)
    response = client.post(page("merchant", "add"), {"code": code, "name": "New", **WHY})
    assert "code" in response.context["adminform"].form.errors
    assert Merchant.objects.count() == 2


def test_a_store_needs_a_currency_that_exists(cast: Cast, client: Client) -> None:
    client.force_login(cast.platform)
    data = {
        "merchant": cast.merchant.pk,
        "code": "new",
        "name": "New",
        "channel": "own",
        **USUAL,
        **WHY,
    }
    response = client.post(page("store", "add"), {**data, "currency": "XQX"})
    assert "“XQX” is not a currency. Use its three letters" in errors(response)
    assert client.post(page("store", "add"), {**data, "currency": "usd"}).status_code == 302
    assert Store.objects.get(code="new").currency == "USD"


def test_a_store_stays_with_its_merchant(cast: Cast, client: Client) -> None:
    client.force_login(cast.platform)
    data = {"merchant": cast.other_merchant.pk, "code": "b2", "name": "Store A!", "channel": "own"}
    client.post(page("store", "change", cast.a.pk), {**data, "currency": "CNY", **USUAL, **WHY})
    store = Store.objects.get(pk=cast.a.pk)
    assert (store.merchant, store.code, store.name) == (cast.merchant, "a", "Store A!")


def test_a_manager_adds_a_supplier_to_the_own_merchant(cast: Cast, client: Client) -> None:
    client.force_login(cast.manager)
    data = {"merchant": cast.merchant.pk, "code": "acme", "name": "Acme", "active": "on", **WHY}
    assert client.post(page("supplier", "add"), data).status_code == 302
    version = Supplier.objects.get().history.get()
    assert (version.history_user, version.history_change_reason) == (
        cast.manager,
        "Asked by the merchant.",
    )
    response = client.post(page("supplier", "add"), data)
    assert errors(response) == "This merchant already has a supplier with this code."


def test_what_an_edit_leaves_is_a_version_and_no_entry_of_djangos_log(
    cast: Cast, client: Client
) -> None:
    client.force_login(cast.platform)
    client.post(page("merchant", "add"), {"code": "new", "name": "New", "active": "on", **WHY})
    merchant = Merchant.objects.get(code="new")
    client.post(page("merchant", "change", merchant.pk), {"name": "Newer", "active": "on", **WHY})
    assert [version.name for version in merchant.history.all()] == ["Newer", "New"]
    assert not LogEntry.objects.exists()


def test_a_forged_foreign_merchant_is_refused(cast: Cast, client: Client) -> None:
    client.force_login(cast.manager)
    assert b"South Trading" not in client.get(page("supplier", "add")).content
    data = {"merchant": cast.other_merchant.pk, "code": "acme", "name": "Acme", **WHY}
    response = client.post(page("supplier", "add"), data)
    assert "Select a valid choice" in errors(response)
    assert not Supplier.objects.exists()


def test_a_foreign_supplier_is_not_there(cast: Cast, client: Client) -> None:
    foreign = supplier_of(cast.other_merchant, "marker-supplier")
    client.force_login(cast.manager)
    data = {"name": "Mine now", **WHY}
    assert client.post(page("supplier", "change", foreign.pk), data).status_code == 404
    assert client.get(page("supplier", "history", foreign.pk)).status_code == 404
    assert b"Marker-Supplier" not in client.get(page("supplier", "changelist")).content
    assert Supplier.objects.get(pk=foreign.pk).name == "Marker-Supplier"


def test_a_supplier_never_moves_to_another_merchant(cast: Cast, client: Client) -> None:
    supplier = supplier_of(cast.merchant)
    client.force_login(cast.manager)
    grades = {"assessments-TOTAL_FORMS": 0, "assessments-INITIAL_FORMS": 0}
    data = {"merchant": cast.other_merchant.pk, "code": "x", "name": "Acme!", **grades, **WHY}
    assert client.post(page("supplier", "change", supplier.pk), data).status_code == 302
    supplier = Supplier.objects.get(pk=supplier.pk)
    assert (supplier.merchant, supplier.code, supplier.name) == (cast.merchant, "acme", "Acme!")


def test_the_platform_sees_suppliers_and_changes_none(cast: Cast, client: Client) -> None:
    supplier = supplier_of(cast.merchant)
    client.force_login(cast.platform)
    assert client.get(page("supplier", "change", supplier.pk)).status_code == 200
    assert client.post(page("supplier", "change", supplier.pk), WHY).status_code == 405


def test_a_suppliers_page_shows_its_grades(cast: Cast, client: Client) -> None:
    supplier = supplier_of(cast.merchant)
    done = published(supplier, cast.manager, cast.manager2)
    client.force_login(cast.auditor)
    text = client.get(page("supplier", "change", supplier.pk)).content.decode()
    assert page("assessment", "change", done.pk) in text
    assert "A · preferred" in text


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
