"""What the bank says of a batch as a whole, in a pain.002 that names no payout or only some."""

import pytest

from backoffice.actors import person
from refunds.models import RefundBatch
from refunds.results import confirm_result
from tests.cast import Cast
from tests.refunds.bankfiles import xml
from tests.refunds.invariants import broken
from tests.refunds.money import answer as row
from tests.refunds.money import apply, bring, bring_day, rows_of, sealed_batch, sent_batch, step
from tests.refunds.results.rows import snapshot


def report(batch: RefundBatch, code: str, *answers: str, why: str = "") -> bytes:
    inside = f"<GrpSts>{code}</GrpSts>" + (xml.reason(why) if why else "")
    parts = [xml.payment(*answers)] if answers else []
    return xml.report(xml.group(batch.number, inside), *parts)


def applied(cast: Cast, content: bytes) -> None:
    run = bring_day(cast, content)
    assert run.state == "checked", (run.message, list(run.problems.values_list("message")))
    confirm_result(run_id=run.pk, actor=person(cast.finance))
    assert step(run).state == "applied"


def states(batch: RefundBatch) -> tuple[str, list[str]]:
    return RefundBatch.objects.get(pk=batch.pk).state, [p.state for p in rows_of(batch)]


def test_an_acknowledged_batch_is_taken_by_the_bank_and_its_payouts_stay_sent(cast: Cast) -> None:
    batch = sent_batch(cast, "50.00", "20.00")
    applied(cast, report(batch, "ACCP"))
    assert states(batch) == ("acknowledged", ["sent", "sent"])
    version = RefundBatch.objects.get(pk=batch.pk).history.latest()
    assert (version.action, version.history_user) == ("acknowledge", cast.finance)
    apply(cast, batch, [row(payout) for payout in rows_of(batch)])
    assert states(batch) == ("reconciled", ["settled", "settled"])


@pytest.mark.parametrize(
    ("code", "state", "case_state"),
    [("ACSC", "settled", "refunded"), ("RJCT", "failed", "reviewed")],
)
def test_what_is_said_of_the_whole_holds_for_every_payout(
    cast: Cast, code: str, state: str, case_state: str
) -> None:
    batch, other = sent_batch(cast, "50.00", "20.00"), sent_batch(cast, "7.00")
    applied(cast, report(batch, code, why="AC06"))
    assert states(batch) == ("reconciled", [state, state])
    assert {payout.case.state for payout in rows_of(batch)} == {case_state}
    assert {payout.bank_reason for payout in rows_of(batch)} == {"AC06: the account is blocked"}
    assert states(other) == ("sent", ["sent"])
    assert broken() == []


def test_the_whole_contradicts_what_was_said_of_one_before(cast: Cast) -> None:
    batch = sent_batch(cast, "50.00", "20.00")
    apply(cast, batch, [row(rows_of(batch)[0], "failed", "Closed")])
    before = snapshot()
    run = bring(cast, batch, report(batch, "ACSC"))
    assert (run.state, snapshot()) == ("quarantined", before)
    assert "already answered" in run.problems.get(row=0).message


def test_a_batch_that_was_not_sent_has_no_answer(cast: Cast) -> None:
    batch = sealed_batch(cast, "50.00")
    before = snapshot()
    run = bring_day(cast, report(batch, "ACCP"))
    assert (run.state, snapshot()) == ("quarantined", before)
    assert "cannot have answered" in run.problems.get(field="batch").message
