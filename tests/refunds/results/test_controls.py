"""What a file says of itself: batch, account, count, control total, currency."""

from typing import Any

import pytest

from backoffice.actors import person
from refunds.batches.building import build, void
from refunds.models import RefundBatch
from tests.cast import Cast
from tests.refunds.money import (
    answer,
    bring,
    csv_of,
    give_role,
    queue_payouts,
    rows_of,
    sealed_batch,
    sent_batch,
)
from tests.refunds.results.rows import snapshot
from tests.refunds.sweep.sweeping import change


def heads(batch: RefundBatch, other: RefundBatch) -> dict[str, tuple[list[list[Any]], str, str]]:
    """What a file may say of itself that is not so: with the field and a word of the sentence."""
    return {
        "count": ([["batch", batch.number], ["count", 3]], "count", "3 payouts, but there are 2"),
        "total": ([["batch", batch.number], ["control total", "70.01"]], "total", "70.01"),
        "count of the rows": ([["count", 1]], "count", "1 payouts, but there are 2"),
        "total of the rows": ([["control total", "71"]], "total", "71"),
        "currency": ([["currency", "USD"]], "currency", "USD"),
        "account": ([["account", "NL91 ABNA"]], "account", "another one"),
        "unknown batch": ([["batch", "RB-0"]], "batch", "no batch RB-0"),
        "another batch": ([["batch", other.number]], "batch", "was brought for"),
        "void batch": ([["batch", "void"]], "batch", "“Void”"),
        "batch of another store": ([["batch", "foreign"]], "batch", "There is no batch"),
    }


@pytest.mark.parametrize("name", list(heads(RefundBatch(), RefundBatch())))
def test_what_the_file_says_of_itself_has_to_be_right(cast: Cast, name: str) -> None:
    change(cast.a, account="6222 0001")
    batch, other = sent_batch(cast, "50.00", "20.00"), sent_batch(cast, "7.00")
    above, field, word = heads(batch, other)[name]
    above = [[key, _number_of(cast, value)] for key, value in above]
    rows = csv_of([answer(payout) for payout in rows_of(batch)])
    before = snapshot()
    run = bring(cast, batch, csv_of(above[1:], above[0]) + b"\r\n" + rows)
    assert (run.state, snapshot()) == ("quarantined", before)
    assert any(word in problem.message for problem in run.problems.filter(row=0, field=field))


def _number_of(cast: Cast, value: Any) -> Any:
    """The number of a batch that has no answer to expect, where one is asked for."""
    if value == "void":
        batch = sealed_batch(cast, "3.00")
        return void(batch_id=batch.pk, actor=person(cast.finance), note="Not this one.").number
    if value == "foreign":
        give_role(cast, "finance", "finance", cast.b)
        queue_payouts(cast.b, cast.staff2, "4.00")
        return build(store_id=cast.b.pk, currency="CNY", actor=person(cast.finance)).number
    return value
