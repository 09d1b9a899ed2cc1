"""What every page and every model has to be, so that a new one cannot leak by being forgotten."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin import AllValuesFieldListFilter
from django.db import models
from django.test import RequestFactory

from backoffice.access import Scoped, ScopedQuerySet, unknown_permissions
from backoffice.admin.guarded import GuardedAdmin, GuardedInline, ScopedRelatedFilter
from backoffice.audit.models import Audited
from backoffice.roles import PLATFORM, ROLES
from tests.access.walker import Walker

pytestmark = pytest.mark.once

OURS = ("backoffice", "merchants", "orders", "refunds")
PAGES = list(admin.site._registry.values())
# Rows without history, and why.
NOT_AUDITED = {
    "backoffice.ChangeEntry": "drawn from the versions, and drawn anew from them at any time",
    "backoffice.ChangeIndex": "how far the index of the versions has come",
    "backoffice.StepUpTries": "wrong answers in a row, set back by a right one; no record",
    "refunds.Gathering": "that a cut-off was gathered; its batches are audited",
    "refunds.ReplayCheckpoint": "how far a replay has come, gone when it ends; it is no record",
    "backoffice.Leaf": "written once about rows that are history; the database refuses more",
    "backoffice.Node": "drawn from leaves, and written once",
    "backoffice.Checkpoint": "written once, and signed",
    "backoffice.Anchoring": "written once with its checkpoint",
    "backoffice.Watermark": "how far the log has to look back; it is no record",
    "backoffice.PersonKey": "a version of it would keep the key that an erasure destroys",
    "backoffice.PersonWord": "found by it while the key is there; it goes with the key",
    "backoffice.SensitiveRead": "written once, and the database refuses more",
    "backoffice.Heartbeat": "the pulse of the timer: no fact of the business",
    "orders.ImportProblem": "written once with its run, which is audited",
    "refunds.Notice": "tells a person to look; what it tells of is audited",
    "refunds.RequestProblem": "written once with its run, which is audited",
    "refunds.BankLine": "written once with its statement, which is audited; the database refuses more",
    "refunds.StatementProblem": "written once with its run, which is audited",
    "refunds.TimerTrouble": "kept because its audited case cannot be written; there until it can",
    "refunds.LedgerAlarm": "found by the program about rows that are audited; told until it is gone",
    "refunds.ResultProblem": "written once with its run, which is audited",
    "refunds.ResultRow": "what a kept file says, until it is applied or dropped",
}
# What libraries keep, and why no version of ours tells of it.
OF_LIBRARIES = {
    "admin.LogEntry": "nothing is written to it: history tells more, and by store",
    "auth.Group": "empty: roles are memberships",
    "auth.Permission": "drawn from the models, and asked by nobody",
    "axes.AccessAttempt": "wrong passwords in a row; a lock-out passes by itself",
    "axes.AccessAttemptExpiration": "when a lock-out passes",
    "axes.AccessFailureLog": "nothing is written to it",
    "axes.AccessLog": "who signed in; no row of the business",
    "contenttypes.ContentType": "drawn from the models",
    "otp_totp.TOTPDevice": "the account has its mark, and the database keeps both together",
    "sessions.Session": "that somebody is signed in",
}


def own_models() -> list[type[models.Model]]:
    return [
        model
        for model in apps.get_models()
        if model._meta.app_label in OURS and not hasattr(model, "instance_type")
    ]


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_page_is_guarded(page: admin.ModelAdmin) -> None:
    assert isinstance(page, GuardedAdmin)
    assert not page.list_editable
    assert not page.raw_id_fields
    assert not page.autocomplete_fields
    assert not page.date_hierarchy
    assert all(issubclass(inline, GuardedInline) for inline in page.inlines)
    for name in ("lookup_allowed", "has_delete_permission", "delete_view", "response_action"):
        assert getattr(type(page), name).__qualname__.split(".")[0] in (
            "GuardedAdmin",
            "UserAdmin",
        ), name


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_filter_lists_visible_rows_only(page: admin.ModelAdmin) -> None:
    for entry in page.list_filter:
        name, kind = entry if isinstance(entry, tuple) else (entry, None)
        if not isinstance(name, str):
            continue  # a filter of our own: the walk reads what it offers
        *way, last = name.split("__")
        model = page.model
        for step in way:
            model = model._meta.get_field(step).related_model
        if model._meta.get_field(last).is_relation:
            assert kind is ScopedRelatedFilter, name
        else:
            assert not way, f"{page}: {name} would list the values of every store"
            assert kind is not AllValuesFieldListFilter


@pytest.mark.parametrize("model", own_models(), ids=lambda model: model._meta.label)
def test_every_model_says_whose_its_rows_are_and_keeps_history(model: type[models.Model]) -> None:
    if not issubclass(model, Audited):
        assert NOT_AUDITED.get(model._meta.label), "audited, or a reason why not"
        return
    assert model._meta.label not in NOT_AUDITED
    assert issubclass(model, Scoped)
    assert sum(map(bool, (model.store_lookup, model.merchant_lookup, model.shared))) == 1
    assert isinstance(model._default_manager.all(), ScopedQuerySet)
    lookup = model.store_lookup or model.merchant_lookup
    if lookup:
        assert model._base_manager.filter(**{f"{lookup}__in": []}).query is not None


def test_no_library_keeps_what_history_should_tell_of() -> None:
    others = {model._meta.label for model in apps.get_models() if model._meta.app_label not in OURS}
    assert others == set(OF_LIBRARIES)


def test_every_permission_of_the_roles_exists() -> None:
    assert unknown_permissions() == set()


def test_no_role_of_a_store_changes_what_all_stores_share() -> None:
    common = [
        m
        for m in own_models()
        if getattr(m, "shared", False) or getattr(m, "common_without_store", False)
    ]
    writes = {
        f"{m._meta.app_label}.{verb}_{m._meta.model_name}"
        for m in common
        for verb in ("add", "change", "delete")
    }
    for name, role in ROLES.items():
        assert role.scope == PLATFORM or not role.permissions & writes, name
        assert not any(".delete_" in permission for permission in role.permissions), name


@pytest.mark.django_db
@pytest.mark.parametrize(
    "who", ["staff", "manager", "finance", "checker", "other", "auditor", "platform", "nobody"]
)
def test_no_page_lets_anybody_delete_and_every_choice_is_scoped(walker: Walker, who: str) -> None:
    request = RequestFactory().get("/admin/")
    request.user = walker.world.people[who]
    for page in PAGES:
        row = walker.world.row("b", page.opts.model_name)
        assert not page.has_delete_permission(request)
        assert not page.has_delete_permission(request, row)
        assert set(page.get_queryset(request)) <= set(visible(page.model, request))
        for field in page.model._meta.get_fields():
            if isinstance(field, models.ForeignKey) and issubclass(field.related_model, Scoped):
                offered = page.formfield_for_foreignkey(field, request).queryset
                assert set(offered) <= set(field.related_model.objects.visible_to(request.user)), (
                    page,
                    field,
                )


@pytest.mark.django_db
def test_rows_inside_a_page_are_scoped_by_themselves(walker: Walker) -> None:
    request, left_out = RequestFactory().get("/admin/"), set()
    request.user = walker.world.people["manager"]
    nobody = RequestFactory().get("/admin/")
    nobody.user = walker.world.people["nobody"]
    for page in PAGES:
        for kind in page.inlines:
            inline = kind(page.model, admin.site)
            shown = set(inline.get_queryset(request))
            assert shown <= set(visible(kind.model, request)), kind
            assert not inline.has_view_permission(nobody), kind
            left_out |= set(kind.model._base_manager.all()) - shown
    assert left_out, "no inline has rows of others: this proves nothing"


def visible(model: type[models.Model], request: object) -> models.QuerySet:
    if issubclass(model, Scoped):
        return model.objects.visible_to(request.user)
    return model._default_manager.all()
