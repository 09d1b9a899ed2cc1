"""Which policy is in force, and that it stays what it was for the cases that stand on it."""

from datetime import timedelta
from itertools import combinations, pairwise

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries

from backoffice.actors import person
from backoffice.audit.recording import recorded
from backoffice.exceptions import BadInput
from refunds.exceptions import CodeNotAllowed, NoPolicy
from refunds.models import Reason, RefundCase, RefundPolicy, RejectCode
from refunds.models.policies import PolicyFixed
from refunds.policies import end_scope
from refunds.workflow import perform
from tests.cast import Cast
from tests.refunds.factories import fetch, make_case, make_order
from tests.refunds.policies import UNSHIPPED, Scope, change, common, in_force, now

NARROWEST_FIRST = ["store_id", "channel", "reason_id", "category", "stage"]


def scope_of(cast: Cast, *named: str) -> Scope:
    """A scope of refunds before shipping that names these parts."""
    reason = Reason.objects.get(code="S02")
    every = {
        "store_id": cast.a.pk,
        "channel": cast.a.channel,
        "reason_id": reason.pk,
        "category": "Lighting",
        "stage": "not_shipped",
    }
    return Scope("refund_only", **{name: every[name] for name in named})


def rules(cast: Cast) -> RefundPolicy:
    """The policy for the case that falls under all of those scopes."""
    reason = Reason.objects.get(code="S02")
    return in_force(store=cast.a, at=now(), reason=reason, categories=["Lighting"], **UNSHIPPED)


@pytest.mark.parametrize(("narrow", "wide"), list(pairwise(NARROWEST_FIRST)))
def test_one_narrow_part_goes_before_all_that_come_after_it(
    cast: Cast, narrow: str, wide: str
) -> None:
    following = NARROWEST_FIRST[NARROWEST_FIRST.index(wide) :]
    if following != ["stage"]:  # the stage alone is the common policy
        change(cast.platform, scope_of(cast, *following))
    own = change(cast.platform, scope_of(cast, narrow))
    assert rules(cast) == own


def test_every_scope_has_one_place_in_the_order(cast: Cast) -> None:
    """All 31 scopes that a case can fall under, ended one after the other as they rule."""
    scopes = [
        scope_of(cast, *named)
        for count in range(1, 6)
        for named in combinations(NARROWEST_FIRST, count)
        if named != ("stage",)
    ]
    for scope in scopes:
        change(cast.platform, scope)
    expected = sorted(scopes, key=lambda s: [not getattr(s, name) for name in NARROWEST_FIRST])
    for minute, scope in enumerate(expected, 1):
        with time_machine.travel(now() + timedelta(minutes=minute)):
            assert Scope.of(rules(cast)) == scope
            end_scope(policy_id=rules(cast).pk, actor=person(cast.platform), reason="Next.")
            assert Scope.of(rules(cast)) != scope


def test_what_a_scope_names_has_to_fit(cast: Cast) -> None:
    for named in ("store_id", "channel", "reason_id", "category"):
        change(cast.platform, scope_of(cast, named))
    where = {"at": now(), **UNSHIPPED}
    with recorded(person(cast.platform), "It moved."):
        cast.b.channel = "elsewhere"
        cast.b.save()
    assert in_force(store=cast.b, **where) == common()
    assert in_force(store=cast.b, categories=["Rugs", ""], **where) == common()
    other = Reason.objects.get(code="S01")
    assert in_force(store=cast.b, reason=other, **where) == common()


def test_of_two_categories_the_cautious_policy_rules(cast: Cast) -> None:
    change(cast.platform, Scope(category="Art", **UNSHIPPED))
    careful = change(cast.platform, Scope(category="Tea", **UNSHIPPED), at_deadline="person")
    fast = change(cast.platform, Scope(category="Books", **UNSHIPPED))
    both = {"store": cast.a, "at": now(), **UNSHIPPED}
    assert in_force(categories=["Art", "Tea", "Books"], **both) == careful
    assert in_force(categories=["Rugs", "Books"], **both) == fast


def test_the_policy_is_found_by_one_query(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    change(cast.platform, scope_of(cast, "store_id"))
    with django_assert_num_queries(1):
        in_force(store=cast.a, at=now(), categories=["Lighting", "Rugs"], **UNSHIPPED)


def test_a_version_rules_from_its_start_until_the_next_begins(cast: Cast) -> None:
    scope, start = Scope(**UNSHIPPED), now() + timedelta(days=1)
    old, new = common(), change(cast.platform, scope, start=start)
    moment = timedelta(microseconds=1)
    assert in_force(store=cast.a, at=start - moment, **UNSHIPPED) == old
    assert in_force(store=cast.a, at=start, **UNSHIPPED) == new


def test_without_any_policy_there_is_a_sentence(cast: Cast) -> None:
    with pytest.raises(NoPolicy, match="No refund policy is in force"):
        in_force(store=cast.a, at=now() - timedelta(days=99999), **UNSHIPPED)


def test_a_case_freezes_the_policy_of_its_reason_and_its_goods(cast: Cast) -> None:
    order = make_order(cast.a)
    with recorded(person(cast.platform), "It has a category."):
        line = order.lines.get()
        line.category = "Lighting"
        line.save()
    by_goods = change(cast.platform, scope_of(cast, "category"))
    case = make_case(order, cast.staff, reason_code="S02")
    assert case.policy == by_goods
    assert (case.due_at - case.requested_at) // timedelta(hours=1) == 5
    by_reason = change(cast.platform, scope_of(cast, "reason_id"))
    assert make_case(order, cast.staff, reason_code="S02").policy == by_reason
    assert fetch(case).policy == by_goods


def test_a_policy_is_never_changed(client: Client, cast: Cast) -> None:
    policy = common()
    policy.review_hours = 1
    with recorded(person(cast.platform), "A slip."), pytest.raises(PolicyFixed):
        policy.save()
    client.force_login(cast.platform)
    url = reverse("admin:refunds_refundpolicy_change", args=[policy.pk])
    assert client.post(url, {"review_hours": 1, "change_reason": "A slip."}).status_code == 405
    assert RefundPolicy.objects.get(pk=policy.pk).review_hours == 24


def test_a_newer_policy_leaves_open_cases_alone(cast: Cast) -> None:
    case = make_case(make_order(cast.a), cast.staff)
    change(cast.platform, Scope(**UNSHIPPED))
    assert fetch(case).due_at == case.due_at
    assert make_case(make_order(cast.a), cast.staff).due_at < case.due_at


@pytest.mark.parametrize("of_store", [True, False])
def test_two_policies_cannot_start_at_the_same_moment(cast: Cast, of_store: bool) -> None:
    scope = Scope(store_id=cast.a.pk if of_store else None, **UNSHIPPED)
    first = change(cast.platform, scope)
    with (
        recorded(person(cast.platform), "Once more."),
        pytest.raises(IntegrityError),
        transaction.atomic(),
    ):
        RefundPolicy.objects.create(
            **scope.values, valid_from=first.valid_from, review_hours=5, auto_ceiling=1
        )


def test_a_reason_is_asked_for_only_with_its_kinds(cast: Cast) -> None:
    order = make_order(cast.a)
    with pytest.raises(BadInput, match="7-day return without reason” is not for “Refund only”"):
        make_case(order, cast.staff, kind="refund_only", reason_code="C05")
    assert not RefundCase.objects.exists()
    assert make_case(order, cast.staff, kind="return_refund", reason_code="C05").pk


def test_a_case_is_rejected_only_with_a_code_of_its_policy(client: Client, cast: Cast) -> None:
    case = make_case(make_order(cast.a), cast.staff)
    wrong, right = (RejectCode.objects.get(code=code) for code in ("R03", "R04"))
    with pytest.raises(CodeNotAllowed, match="does not allow this reject code"):
        perform("reject", case_id=case.pk, actor=person(cast.staff), code=wrong, note="No.")
    client.force_login(cast.staff)
    page = reverse("admin:refunds_refundcase_do", args=[case.pk, "reject"])
    offered = client.get(page).content.decode()
    assert str(right) in offered
    assert str(wrong) not in offered
    answer = client.post(page, {"version": 1, "code": wrong.pk, "note": "No."})
    assert answer.status_code == 400
    assert "does not allow this reject code" in answer.content.decode()
    assert fetch(case).state == "requested"
    perform("reject", case_id=case.pk, actor=person(cast.staff), code=right, note="No fault.")
    assert fetch(case).state == "rejected"
