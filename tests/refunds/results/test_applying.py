"""The bank's answers: a whole file or nothing of it, and the same file once."""

import pytest

from backoffice.actors import person
from backoffice.exceptions import BadInput
from refunds.models import RefundBatch
from refunds.results import confirm_result
from tests.cast import Cast
from tests.refunds.money import answer, apply, bring, csv_of, rows_of, sent_batch, step
from tests.refunds.results.rows import snapshot


def test_a_settled_payout_refunds_its_case_and_a_failed_one_comes_back(cast: Cast) -> None:
    batch = sent_batch(cast, "50.00", "20.00")
    good, bad = rows_of(batch)
    run = apply(cast, batch, [answer(good, "ACSC"), answer(bad, "RJCT", "Account closed")])

    assert run.state == "applied"
    assert (run.counts["settled"], run.counts["failed"], run.counts["settled_total"]) == (
        1,
        1,
        "50.00",
    )
    good, bad = rows_of(batch)
    assert (good.state, good.case.state) == ("settled", "refunded")
    assert (bad.state, bad.bank_reason, bad.case.state) == ("failed", "Account closed", "reviewed")
    assert good.settled_at is not None
    assert good.case.closed_at is not None
    assert RefundBatch.objects.get(pk=batch.pk).state == "reconciled"
    for row in (good, bad, good.case, batch):
        version = row.history.latest()
        assert (version.history_user, version.source) == (cast.finance, "import")
        assert version.history_change_reason
    assert good.case.history.latest().action == "refund"


def test_the_preview_says_what_will_happen_and_writes_nothing(cast: Cast) -> None:
    batch = sent_batch(cast, "50.00", "20.00", "10.00", "5.00")
    a, b, c, _missing = rows_of(batch)
    before = snapshot()
    run = bring(cast, batch, csv_of([answer(a), answer(b, "failed", "No"), answer(c, "PEND")]))
    assert (run.state, snapshot()) == ("checked", before)
    shown = {name: run.counts[name] for name in ("settled", "failed", "pending", "missing", "rows")}
    assert shown == {"settled": 1, "failed": 1, "pending": 1, "missing": 1, "rows": 3}
    assert (run.counts["failed_total"], run.counts["missing_total"]) == ("20.00", "5.00")
    assert run.counts["first"][0] == ["2", a.number, "50.00", "CNY", "settled", ""]


def test_a_batch_is_closed_only_when_every_payout_is_answered(cast: Cast) -> None:
    batch = sent_batch(cast, "50.00", "20.00")
    first, second = rows_of(batch)
    apply(cast, batch, [answer(first), answer(second, "pending")])
    assert RefundBatch.objects.get(pk=batch.pk).state == "acknowledged"
    assert rows_of(batch)[1].state == "sent"

    run = apply(cast, batch, [answer(first), answer(second)])
    assert (run.state, run.counts["unchanged"], run.counts["settled"]) == ("applied", 1, 1)
    assert RefundBatch.objects.get(pk=batch.pk).state == "reconciled"
    assert first.history.filter(action="answer").count() == 1


def test_the_same_file_is_applied_once(cast: Cast) -> None:
    batch = sent_batch(cast, "50.00", "20.00")
    rows = [answer(payout) for payout in rows_of(batch)]
    apply(cast, batch, rows)
    before = snapshot()
    with pytest.raises(BadInput, match="applied before"):
        bring(cast, batch, csv_of(rows))
    assert snapshot() == before


def test_two_runs_of_one_file_apply_it_once(cast: Cast) -> None:
    batch = sent_batch(cast, "50.00")
    content = csv_of([answer(payout) for payout in rows_of(batch)])
    one, two = bring(cast, batch, content), bring(cast, batch, content)
    for run in (one, two):
        confirm_result(run_id=run.pk, actor=person(cast.finance))
    assert [step(run).state for run in (one, two)] == ["applied", "refused"]
    assert step(one).state == "applied"
    assert rows_of(batch)[0].history.filter(action="answer").count() == 1


def test_what_changed_since_the_preview_is_judged_again(cast: Cast) -> None:
    batch = sent_batch(cast, "50.00")
    (payout,) = rows_of(batch)
    old = bring(cast, batch, csv_of([answer(payout, "failed", "No")]))
    apply(cast, batch, [answer(payout)])
    before = snapshot()
    confirm_result(run_id=old.pk, actor=person(cast.finance))
    assert step(old).state == "uploaded"
    assert "no longer so" in old.history.latest().history_change_reason
    assert snapshot() == before
    old = step(old)
    assert old.state == "quarantined"
    assert "already answered" in old.problems.get().message
    assert snapshot() == before
