"""Traps around a row: choices, shortcuts, popups, actions and forged keys."""

import pytest
from django.contrib import admin
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.urls import NoReverseMatch, reverse

from refunds.models import RefundCase
from tests.access.asking import CASES, ORDERS, get, instead, leaks, post, told
from tests.access.walker import MISSING, Walker
from tests.access.world.marks import mark

pytestmark = pytest.mark.django_db


@pytest.mark.once
def test_autocomplete_knows_nothing_of_other_stores(walker: Walker) -> None:
    asked = 0
    for model in admin.site._registry:
        for field in model._meta.get_fields():
            if isinstance(field, models.ForeignKey) and field.related_model in admin.site._registry:
                asked += 1
                query = {
                    "app_label": model._meta.app_label,
                    "model_name": model._meta.model_name,
                    "field_name": field.name,
                }
                for who in ("staff", "manager", "other"):
                    theirs = "b" if who != "other" else "a"
                    for term in ("", mark(theirs, field.related_model._meta.model_name)):
                        answer = get(walker, who, "/admin/autocomplete/", term=term, **query)
                        assert (
                            leaks(walker, who, answer, asked=term if len(term) > 2 else "") == []
                        ), (query, who)
    assert asked > 30


def test_there_is_no_shortcut_to_any_row(walker: Walker) -> None:
    row = walker.world.row("a", "refundcase")
    kind = ContentType.objects.get_for_model(row)
    assert get(walker, "platform", f"/admin/r/{kind.pk}/{row.pk}/").status == 404
    with pytest.raises(NoReverseMatch):
        reverse("admin:view_on_site", args=[kind.pk, row.pk])


def test_recent_actions_tell_nothing(walker: Walker) -> None:
    kind = ContentType.objects.get_for_model(RefundCase)
    for user in (walker.world.people["platform"], walker.world.people["staff"]):
        LogEntry.objects.create(
            user=user,
            content_type=kind,
            object_id="1",
            object_repr=mark("b", "refundcase"),
            action_flag=ADDITION,
            change_message="[]",
        )
    for path in ("/admin/", "/admin/refunds/"):
        assert leaks(walker, "staff", get(walker, "staff", path)) == []


@pytest.mark.once
def test_nothing_is_deleted(walker: Walker) -> None:
    for model in admin.site._registry:
        row = walker.world.row("a", model._meta.model_name)
        path = reverse(
            f"admin:{model._meta.app_label}_{model._meta.model_name}_delete", args=[row.pk]
        )
        for who in ("manager", "platform"):
            assert (get(walker, who, path).status, post(walker, who, path, post="yes").status) == (
                404,
                404,
            )
        chosen = post(
            walker, "platform", f"/admin/{model._meta.app_label}/{model._meta.model_name}/",
            action="delete_selected", _selected_action=[row.pk], post="yes",
        )  # fmt: skip
        assert chosen.written == {}
        assert (
            "delete_selected" not in get(walker, "platform", path.rsplit(f"{row.pk}/", 1)[0]).text
        )


@pytest.mark.once
def test_popups_list_own_rows_by_their_key_only(walker: Walker) -> None:
    for path in ("/admin/merchants/store/", ORDERS, CASES):
        assert get(walker, "staff", path, _popup="1", _to_field="account").status == 400
        assert leaks(walker, "staff", get(walker, "staff", path, _popup="1", _to_field="id")) == []
    assert get(walker, "staff", "/admin/merchants/store/add/", _popup="1").status == 403


def test_a_list_s_action_over_everything_is_over_own_rows(walker: Walker) -> None:
    theirs = walker.world.row("b", "refundcase").pk
    for chosen in (theirs, MISSING):
        for across in ("0", "1"):
            answer = post(
                walker,
                "manager",
                CASES,
                action="approve_chosen",
                _selected_action=[chosen],
                select_across=across,
            )
            assert answer.written == {}
            assert leaks(walker, "manager", answer) == []
    pair = [
        post(walker, "manager", CASES, action="approve_chosen", _selected_action=[pk])
        for pk in (theirs, MISSING)
    ]
    assert told(pair[0]) == instead(pair[1], theirs)


@pytest.mark.parametrize("key", ["abc", "9" * 30, "1 OR 1=1", "²"])
def test_a_forged_row_number_is_answered_with_a_sentence(walker: Walker, key: str) -> None:
    answer = post(walker, "manager", CASES, action="approve_chosen", _selected_action=[key])
    assert (answer.status, answer.defect, answer.written) == (400, "", {})
    answer = post(
        walker, "manager", f"{CASES}approve-many/", case=[f"{key}-1"], confirm="1", note="x"
    )
    assert (answer.status, answer.defect, answer.written) == (400, "", {})


@pytest.mark.parametrize("confirm", ["1", "2"])
def test_bulk_approval_does_not_tell_which_cases_others_have(walker: Walker, confirm: str) -> None:
    theirs = walker.world.row("b", "refundcase")
    answers = [
        post(
            walker, "manager", f"{CASES}approve-many/", case=[f"{pk}-1"], confirm=confirm, note="x"
        )
        for pk in (theirs.pk, MISSING)
    ]
    assert told(answers[0]) == instead(answers[1], theirs.pk)
    assert answers[0].written == answers[1].written == {}


@pytest.mark.once
def test_no_action_of_the_theme_runs_on_a_link() -> None:
    for page in admin.site._registry.values():
        for kind in ("actions_list", "actions_row", "actions_detail", "actions_submit_line"):
            assert not getattr(page, kind, ()), f"{page}: guard each action, and ask before it runs"
