"""Two people change the same policy at the same instant: one wins, the other is told."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from backoffice.actors import person
from backoffice.audit.recording import recorded
from backoffice.clock import now
from backoffice.exceptions import StaleVersion
from refunds.models import RefundPolicy
from tests.cast import Cast, make_cast
from tests.refunds.factories import make_case, make_order
from tests.refunds.policies import UNSHIPPED, Scope, change, common
from tests.threads import at_once, unexpected

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """The cast, committed, so that other connections see it."""
    return make_cast()


def edit(cast: Cast, scope: Scope, hours: int, seen: int) -> Callable[[], Any]:
    return lambda: change(cast.platform, scope, review_hours=hours, seen=seen)


def test_of_two_edits_one_is_written_and_the_other_told(cast: Cast) -> None:
    for scope, seen in ((Scope(**UNSHIPPED), common().pk), (Scope("exchange", category="Tea"), 0)):
        results = at_once(*(edit(cast, scope, hours, seen) for hours in (3, 4, 6, 7)))
        assert unexpected(results, StaleVersion) == []
        assert sum(isinstance(result, StaleVersion) for result in results) == 3
        versions = list(scope.versions())
        assert versions[-1].version == len(versions)
        assert [v.valid_until for v in versions[:-1]] == [v.valid_from for v in versions[1:]]


def test_cases_are_opened_while_somebody_edits(cast: Cast) -> None:
    orders = [make_order(cast.a) for _ in range(4)]
    jobs = [lambda order=order: make_case(order, cast.staff) for order in orders]
    results = at_once(edit(cast, Scope(**UNSHIPPED), 3, common().pk), *jobs)
    assert unexpected(results) == []


def test_the_database_refuses_an_overlap_from_any_other_way(cast: Cast) -> None:
    scope = Scope(store_id=cast.a.pk, **UNSHIPPED)
    first = change(cast.platform, scope, start=now() + timedelta(days=1))
    for start, end in ((0, None), (0, 2), (1.5, 2), (2, None)):
        with (
            recorded(person(cast.platform), "Past the service."),
            pytest.raises(IntegrityError),
            transaction.atomic(),
        ):
            RefundPolicy.objects.create(
                **scope.values,
                review_hours=5,
                auto_ceiling=1,
                valid_from=now() + timedelta(days=start),
                valid_until=end and now() + timedelta(days=end),
            )
    with recorded(person(cast.platform), "Before it."):
        RefundPolicy.objects.create(
            **scope.values,
            review_hours=5,
            auto_ceiling=1,
            valid_from=now(),
            valid_until=first.valid_from,
        )
