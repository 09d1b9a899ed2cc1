"""Which policy is in force, and that it stays what it was for the cases that stand on it."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from backoffice.actors import person
from backoffice.audit.recording import recorded
from backoffice.clock import now
from refunds.exceptions import NoPolicy
from refunds.models import RefundPolicy
from refunds.models.policies import PolicyFixed
from refunds.policies import in_force
from tests.cast import Cast
from tests.refunds.factories import fetch, make_case, make_order

WHERE = {"kind": "refund_only", "stage": "not_shipped"}


def add(cast: Cast, **fields: object) -> RefundPolicy:
    values = {**WHERE, "review_hours": 5, "auto_ceiling": 100, "valid_from": now(), **fields}
    with recorded(person(cast.platform), "New times."):
        return RefundPolicy.objects.create(**values)


def test_a_stores_own_policy_goes_before_the_common_one(cast: Cast) -> None:
    own = add(cast, store=cast.a)
    assert in_force(store=cast.a, at=now(), **WHERE) == own
    assert in_force(store=cast.b, at=now(), **WHERE).store is None


def test_the_latest_that_has_begun_is_in_force(cast: Cast) -> None:
    add(cast, valid_from=now() + timedelta(days=1), review_hours=7)
    today = add(cast, review_hours=6)
    assert in_force(store=cast.a, at=now(), **WHERE) == today


def test_without_any_policy_there_is_a_sentence(cast: Cast) -> None:
    with pytest.raises(NoPolicy, match="No refund policy is in force"):
        in_force(
            store=cast.a, kind="refund_only", stage="not_shipped", at=now() - timedelta(days=99999)
        )


def test_a_policy_is_never_changed(client: Client, cast: Cast) -> None:
    policy = add(cast)
    policy.review_hours = 1
    with recorded(person(cast.platform), "A slip."), pytest.raises(PolicyFixed):
        policy.save()
    client.force_login(cast.platform)
    url = reverse("admin:refunds_refundpolicy_change", args=[policy.pk])
    assert client.post(url, {"review_hours": 1, "change_reason": "A slip."}).status_code == 405
    assert RefundPolicy.objects.get(pk=policy.pk).review_hours == 5


def test_a_newer_policy_leaves_open_cases_alone(cast: Cast) -> None:
    case = make_case(make_order(cast.a), cast.staff)
    add(cast)
    assert fetch(case).due_at == case.due_at
    assert make_case(make_order(cast.a), cast.staff).due_at < case.due_at


@pytest.mark.parametrize("of_store", [True, False])
def test_two_policies_cannot_start_at_the_same_moment(cast: Cast, of_store: bool) -> None:
    first = add(cast, store=cast.a if of_store else None)
    with pytest.raises(IntegrityError), transaction.atomic():
        add(cast, store=first.store, valid_from=first.valid_from)
