"""The fast way leaves the rows that the slow way leaves, in every table, history included."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction

from backoffice.actors import person
from backoffice.bulk import jobs
from backoffice.clock import now
from backoffice.requests import new_request_id
from refunds.models import Clock, Payout, RefundCase, ResultImport
from refunds.payouts.bounces import bounce
from refunds.results import applying, confirm_result
from refunds.workflow import perform
from tests.cast import Cast
from tests.refunds.compensations import do, propose
from tests.refunds.factories import make_order
from tests.refunds.money import (
    answer,
    apply,
    bring_day,
    csv_of,
    queue_payouts,
    send,
    sent_batch,
)
from tests.refunds.results.one_by_one import apply_one_by_one
from tests.refunds.sweep.sweeping import change
from tests.refunds.sweep.test_same_rows import differences, everything_but_names

LABEL = ResultImport._meta.label_lower


def advance(cast: Cast) -> Payout:
    case = propose(make_order(cast.a, (1, "100.00")), cast.staff, "advance", "80.00")
    do(case, cast.platform, "pay_in_advance")
    return Payout.objects.get(case=case)


def goodwill(cast: Cast) -> Payout:
    case = propose(make_order(cast.a, (1, "100.00")), cast.staff, "goodwill", "5.00")
    do(case, cast.manager, "approve")
    return Payout.objects.get(case=case)


def standing_still(cast: Cast) -> Payout:
    """Of a case whose clock is held still: what ``perform`` ends, no set does."""
    (payout,) = queue_payouts(cast.a, cast.staff, "9.00")
    change(
        payout.case,
        clock=Clock.REVIEW,
        clock_started_at=now(),
        due_at=now(),
        time_left=timedelta(1),
    )
    return payout


def every_situation(cast: Cast) -> list[list[Any]]:
    """A day of the bank: answers of every kind, to payouts of every kind, in four batches."""
    opened = sent_batch(cast, "1.00", "2.00")
    first, second = opened.payouts.order_by("pk")
    earlier = [advance(cast), advance(cast)]
    old = send(cast, *earlier, *queue_payouts(cast.a, cast.staff, "3.00", "4.00"))
    gave, refused, returned, unknown = old.payouts.order_by("pk")
    apply(cast, opened, [answer(first), answer(second)])
    apply(cast, old, [answer(gave), answer(refused, "failed", "No"), answer(returned)])
    apply(cast, old, [answer(gave, "settled")], final=True)
    bounce(reasons={returned.pk: "Closed"}, actor=person(cast.finance))

    plain = queue_payouts(cast.a, cast.staff, *["10.00"] * 5)
    special = [advance(cast), advance(cast), goodwill(cast), standing_still(cast)]
    send(cast, *plain, *special)
    asked = send(cast, *queue_payouts(cast.a, cast.staff, "7.00", "8.00"))
    yes, perhaps = asked.payouts.order_by("pk")
    whole = send(cast, *queue_payouts(cast.a, cast.staff, "11.00", "12.00"))
    return [
        answer(gave),
        answer(refused, "failed"),
        answer(returned),
        answer(unknown, "failed", "Found at last"),
        answer(plain[0]),
        answer(plain[1], "settled", "With a word"),
        answer(plain[2], "failed", "Closed"),
        answer(plain[3], "pending"),
        answer(special[0]),
        answer(special[1], "failed", "Closed"),
        answer(special[2]),
        answer(special[3]),
        answer(yes),
        answer(perhaps, "pending"),
        *[answer(payout) for payout in whole.payouts.order_by("pk")],
    ]


def after(run: ResultImport, way: Callable[[ResultImport], dict[str, Any]]) -> Any:
    """All rows after applying the file that ``way``; then it never happened."""
    kind = jobs._kinds[LABEL]
    with transaction.atomic():
        jobs._apply(replace(kind, apply=way), run)
        rows = everything_but_names()
        transaction.set_rollback(True)
    return rows


def test_applying_leaves_the_rows_that_one_by_one_leaves(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = csv_of(every_situation(cast))
    alone: list[int] = []
    lost = Payout.history.filter(action="lose_track").count()
    new_request_id()
    with time_machine.travel(now() + timedelta(hours=1), tick=False):
        run = bring_day(cast, content, final=True)
        assert run.state == "checked", list(run.problems.values_list("row", "message"))
        run = confirm_result(run_id=run.pk, actor=person(cast.finance))
        with monkeypatch.context() as patch:
            patch.setattr(applying, "perform", noting(alone))
            together = after(run, applying.apply_result)
        single = after(run, apply_one_by_one)
    for table, rows in single.items():
        assert differences(together[table], rows) == [], table
    history = single["refunds_historicalpayout"]
    assert sum("lose_track" in row for row in history) == lost + 3
    assert "'acknowledge'" in str(single["refunds_historicalrefundbatch"])
    # What is plain is refunded together, and only the rest alone.
    odd = RefundCase.objects.filter(pk__in=alone).values_list("kind", flat=True)
    assert sorted(odd) == ["compensation", "compensation", "refund_only"]
    assert str(single["refunds_historicalrefundcase"]).count("'refund'") > 3 * len(odd)


def noting(case_ids: list[int]) -> Callable[..., RefundCase]:
    def noted(*args: Any, **kwargs: Any) -> RefundCase:
        case_ids.append(kwargs["case_id"])
        return perform(*args, **kwargs)

    return noted
