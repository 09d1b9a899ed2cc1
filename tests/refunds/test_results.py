"""The bank's answers: a whole file or nothing of it, and the same file once."""

import io
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.db.models import Sum

from backoffice.actors import IMPORTER, INSTALLER, person, system
from backoffice.audit.recording import recorded
from backoffice.exceptions import BadInput, NotAllowed, NotFound, WrongState
from merchants.models import Membership
from refunds import results
from refunds.batches import build, release
from refunds.exceptions import RefundExceedsBalance
from refunds.exports import export
from refunds.models import Payout, RefundBatch, RefundCase, ResultImport, ResultProblem
from refunds.payouts import retry
from refunds.results import bring_result, cancel_result, confirm_result
from refunds.workflow import perform
from tests.cast import Cast
from tests.refunds.factories import make_case
from tests.refunds.money import (
    answer,
    apply,
    bring,
    csv_of,
    give_role,
    queue_payouts,
    rows_of,
    sealed_batch,
    sent_batch,
    step,
)


@pytest.fixture(autouse=True)
def fresh_cache() -> None:
    """Leases and tries of another test's runs are not ours."""
    cache.clear()


def snapshot() -> list[Any]:
    """What a result file could change, and its history."""
    return [
        list(Payout.objects.order_by("pk").values_list("pk", "state", "bank_reason", "settled_at")),
        list(RefundCase.objects.order_by("pk").values_list("pk", "state", "version", "closed_at")),
        list(RefundBatch.objects.order_by("pk").values_list("pk", "state")),
        Payout.history.count(),
        RefundCase.history.count(),
        RefundBatch.history.count(),
    ]


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
    assert RefundBatch.objects.get(pk=batch.pk).state == "sent"
    assert rows_of(batch)[1].state == "sent"

    run = apply(cast, batch, [answer(first), answer(second)])
    assert (run.state, run.counts["unchanged"], run.counts["settled"]) == ("applied", 1, 1)
    assert RefundBatch.objects.get(pk=batch.pk).state == "reconciled"
    assert first.history.filter(action="answer").count() == 1


def broken(first: Payout, second: Payout, foreign: Payout) -> dict[str, tuple[list[Any], str, str]]:
    """Rows that do not fit: with the field and a word of the sentence."""
    number = second.number
    return {
        "unknown number": ([["PO-XXXXX-XXXXX", 20, "CNY", "settled", ""]], "number", "no payout"),
        "number of another batch": ([answer(foreign)], "number", "belongs to batch"),
        "wrong amount": ([[number, "20.01", "CNY", "settled", ""]], "amount", "20.01"),
        "wrong currency": ([[number, 20, "USD", "settled", ""]], "currency", "USD"),
        "duplicate row": ([answer(first), answer(second)], "number", "already in row 2"),
        "unknown status": ([[number, 20, "CNY", "maybe", ""]], "status", "maybe"),
        "no status": ([[number, 20, "CNY", "", ""]], "status", "empty"),
        "negative amount": ([[number, "-20", "CNY", "settled", ""]], "amount", "not an amount"),
        "impossible amount": ([[number, "1e999999", "CNY", "settled", ""]], "amount", "1E"),
        "text for an amount": ([[number, "lots", "CNY", "settled", ""]], "amount", "lots"),
        "no number": ([["", 20, "CNY", "settled", ""]], "number", "empty"),
        "formula": ([[number, 20, "CNY", "failed", "=1+1"]], "reason", "formula"),
        "long reason": ([[number, 20, "CNY", "failed", "x" * 301]], "reason", "300"),
        "short row": ([[number, 20]], "currency", "empty"),
    }


CASES = list(broken(Payout(), Payout(), Payout()))


@pytest.mark.parametrize("name", CASES)
def test_one_row_that_does_not_fit_refuses_the_whole_file(cast: Cast, name: str) -> None:
    other = sent_batch(cast, "7.00")
    batch = sent_batch(cast, "50.00", "20.00")
    first, second = rows_of(batch)
    rows, field, word = broken(first, second, rows_of(other)[0])[name]
    before = snapshot()
    run = bring(cast, batch, csv_of([answer(first), *rows]))

    assert (run.state, snapshot()) == ("refused", before)
    problem = run.problems.get(field=field)
    assert word in problem.message
    assert problem.row == 3
    with pytest.raises(WrongState):
        confirm_result(run_id=run.pk, actor=person(cast.finance))


def test_an_answer_that_contradicts_an_earlier_one_is_refused(cast: Cast) -> None:
    batch = sent_batch(cast, "50.00", "20.00")
    first, second = rows_of(batch)
    apply(cast, batch, [answer(first), answer(second, "failed", "No")])
    before = snapshot()
    for rows in (
        [answer(first, "failed")],
        [answer(second, "settled")],
        [answer(first, "pending")],
    ):
        run = bring(cast, batch, csv_of(rows))
        assert run.state == "refused"
        assert "already answered" in run.problems.get().message
    assert snapshot() == before


def test_a_number_of_another_store_is_as_unknown_as_any(cast: Cast) -> None:
    (foreign,) = queue_payouts(cast.b, cast.staff2, "50.00")
    batch = sent_batch(cast, "50.00")
    run = bring(cast, batch, csv_of([answer(foreign)]))
    assert "There is no payout" in run.problems.get().message


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


def test_killed_half_way_leaves_nothing_and_then_works(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = sent_batch(cast, "50.00", "20.00")
    run = bring(cast, batch, csv_of([answer(payout) for payout in rows_of(batch)]))
    confirm_result(run_id=run.pk, actor=person(cast.finance))
    before, calls = snapshot(), []

    def die_at_the_second(*args: Any, **kwargs: Any) -> RefundCase:
        calls.append(kwargs)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return perform(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(results, "perform", die_at_the_second)
        with pytest.raises(KeyboardInterrupt):
            step(run)
    assert (len(calls), snapshot()) == (2, before)
    cache.clear()
    assert step(run).state == "applied"
    assert {p.case.state for p in rows_of(batch)} == {"refunded"}


def test_what_changed_since_the_preview_is_judged_again(cast: Cast) -> None:
    batch = sent_batch(cast, "50.00")
    (payout,) = rows_of(batch)
    old = bring(cast, batch, csv_of([answer(payout, "failed", "No")]))
    apply(cast, batch, [answer(payout)])
    before = snapshot()
    confirm_result(run_id=old.pk, actor=person(cast.finance))
    assert step(old).state == "refused"
    assert "no longer fits" in step(old).message
    assert snapshot() == before


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"number,amount,currency\r\nPO-1,1,CNY\r\n", "“status” is missing"),
        (b"number,amount,currency,status\r\n", "no rows"),
        (b"number,number,amount,currency,status\r\na,b,1,CNY,settled\r\n", "twice"),
        (b"\x89PNG\r\n\x1a\n0000", "PNG"),
        (b"\xff\xfen\x00u\x00", "UTF-16"),
        (b"PK\x03\x04 not a workbook", "ZIP"),
        (b"number,amount,currency,status,reason\r\n\x81\x20\xff", "encoding"),
    ],
)
def test_a_file_that_is_no_result_is_refused_with_a_sentence(
    cast: Cast, content: bytes, word: str
) -> None:
    batch = sent_batch(cast)
    before = snapshot()
    run = bring(cast, batch, content)
    assert (run.state, snapshot()) == ("refused", before)
    assert word in run.message


def test_an_empty_file_is_refused_at_once(cast: Cast) -> None:
    with pytest.raises(BadInput, match="empty"):
        bring(cast, sent_batch(cast), b"")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gbk"])
def test_chinese_reasons_in_either_encoding_are_kept(cast: Cast, encoding: str) -> None:
    batch = sent_batch(cast)
    (payout,) = rows_of(batch)
    content = csv_of([answer(payout, "failed", "账户已注销")]).decode().encode(encoding)
    run = bring(cast, batch, content)
    confirm_result(run_id=run.pk, actor=person(cast.finance))
    step(run)
    assert rows_of(batch)[0].bank_reason == "账户已注销"


def test_the_batchs_own_workbook_with_answers_added_is_a_result(cast: Cast) -> None:
    import openpyxl

    batch = sent_batch(cast, "50.00", "20.00")
    kept = export(batch_id=batch.pk, actor=person(cast.finance), file_format="xlsx")
    book = openpyxl.load_workbook(io.BytesIO(bytes(kept.content)))
    for row, (status, reason) in enumerate(
        [("status", "reason"), ("settled", ""), ("failed", "No")], 1
    ):
        book["Payouts"].cell(row, 8, status)
        book["Payouts"].cell(row, 9, reason)
    content = io.BytesIO()
    book.save(content)
    run = bring(cast, batch, content.getvalue(), "result.xlsx")
    assert (run.state, run.counts["settled"], run.counts["failed"]) == ("checked", 1, 1)


def test_the_batchs_own_csv_with_answers_added_is_a_result(cast: Cast) -> None:
    batch = sent_batch(cast, "50.00")
    kept = export(batch_id=batch.pk, actor=person(cast.finance), file_format="csv")
    lines = bytes(kept.content).decode().splitlines()
    content = "\r\n".join([*lines[:-2], lines[-2] + ",status", lines[-1] + ",settled", ""]).encode()
    run = bring(cast, batch, content)
    assert (run.state, run.counts["settled"]) == ("checked", 1)


def test_only_a_batch_that_was_sent_takes_answers(cast: Cast) -> None:
    batch = sealed_batch(cast)
    with pytest.raises(WrongState, match="Waiting for release"):
        bring(cast, batch, csv_of([answer(payout) for payout in rows_of(batch)]))


@pytest.mark.parametrize(
    ("name", "refusal"),
    [
        ("checker", NotAllowed),
        ("auditor", NotAllowed),
        ("staff", NotFound),
        ("manager", NotAllowed),
    ],
)
def test_only_finance_of_the_store_brings_confirms_and_drops(
    cast: Cast, name: str, refusal: type[Exception]
) -> None:
    batch = sent_batch(cast)
    run = bring(cast, batch, csv_of([answer(payout) for payout in rows_of(batch)]))
    actor = person(getattr(cast, name))
    with pytest.raises(refusal):
        confirm_result(run_id=run.pk, actor=actor)
    with pytest.raises(refusal):
        cancel_result(run_id=run.pk, actor=actor)
    with pytest.raises(refusal):
        bring_result(batch_id=batch.pk, file=io.BytesIO(b"x"), name="x", actor=actor)
    assert ResultImport.objects.get().state == "checked"


def test_who_lost_the_role_after_confirming_settles_nothing(cast: Cast) -> None:
    batch = sent_batch(cast)
    run = bring(cast, batch, csv_of([answer(payout) for payout in rows_of(batch)]))
    confirm_result(run_id=run.pk, actor=person(cast.finance))
    with recorded(system(INSTALLER), "Left the company."):
        membership = Membership.objects.get(user=cast.finance)
        membership.active = False
        membership.save()
    before = snapshot()
    assert step(run).state == "refused"
    assert snapshot() == before


def test_a_dropped_file_is_not_applied(cast: Cast) -> None:
    batch = sent_batch(cast)
    run = bring(cast, batch, csv_of([answer(payout) for payout in rows_of(batch)]))
    cancel_result(run_id=run.pk, actor=person(cast.finance))
    with pytest.raises(WrongState):
        confirm_result(run_id=run.pk, actor=person(cast.finance))
    assert step(run).state == "cancelled"
    assert rows_of(batch)[0].state == "sent"


def test_failed_then_retried_then_settled_then_refunded(cast: Cast) -> None:
    batch = sent_batch(cast, "50.00")
    (failed,) = rows_of(batch)
    apply(cast, batch, [answer(failed, "failed", "Account closed")])
    give_role(cast, "finance", "checker")
    fresh = retry(payout_id=failed.pk, actor=person(cast.finance))
    assert (fresh.state, fresh.amount, fresh.case_id) == (
        "queued",
        Decimal("50.00"),
        failed.case_id,
    )
    assert fresh.number != failed.number
    version = fresh.history.get()
    assert (version.history_user, version.action) == (cast.finance, "retry")
    with pytest.raises(WrongState):
        retry(payout_id=failed.pk, actor=person(cast.finance))

    second = build(store_id=cast.a.pk, currency="CNY", actor=person(cast.finance))
    release(batch_id=second.pk, actor=person(cast.checker))
    export(batch_id=second.pk, actor=person(cast.finance), file_format="xlsx")
    apply(cast, second, [answer(fresh)])
    states = list(
        Payout.objects.filter(case=failed.case_id).order_by("pk").values_list("state", flat=True)
    )
    assert (states, RefundCase.objects.get().state) == (["failed", "settled"], "refunded")
    with pytest.raises(WrongState):
        retry(payout_id=failed.pk, actor=person(cast.finance))


def test_retry_is_for_finance_of_the_store_and_failed_payouts(cast: Cast) -> None:
    batch = sent_batch(cast, "50.00", "20.00")
    failed, open_one = rows_of(batch)
    apply(cast, batch, [answer(failed, "failed", "No")])
    with pytest.raises(WrongState):
        retry(payout_id=open_one.pk, actor=person(cast.finance))
    for name, refusal in (("manager", NotAllowed), ("auditor", NotAllowed), ("staff2", NotFound)):
        with pytest.raises(refusal):
            retry(payout_id=failed.pk, actor=person(getattr(cast, name)))
    assert Payout.objects.count() == 2


def test_money_on_its_way_is_never_more_than_what_was_paid(cast: Cast) -> None:
    batch = sent_batch(cast, "50.00")
    (failed,) = rows_of(batch)
    apply(cast, batch, [answer(failed, "failed", "No")])
    retry(payout_id=failed.pk, actor=person(cast.finance))
    case = RefundCase.objects.get()
    with (
        recorded(person(cast.finance), "A second payout."),
        pytest.raises(IntegrityError),
        transaction.atomic(),
    ):
        Payout.objects.create(case=case, amount=Decimal("1.00"), currency="CNY")
    with (
        recorded(person(cast.finance), "A negative one."),
        pytest.raises(IntegrityError),
        transaction.atomic(),
    ):
        Payout.objects.create(case=case, amount=Decimal("-1.00"), currency="CNY")
    moving = case.payouts.exclude(state__in=Payout.OVER).aggregate(total=Sum("amount"))["total"]
    assert moving <= case.order.paid
    with pytest.raises(RefundExceedsBalance):
        make_case(case.order, cast.staff)


def test_no_case_is_refunded_without_a_settled_payout(cast: Cast) -> None:
    batch = sent_batch(cast, "50.00")
    (payout,) = rows_of(batch)
    for actor in (person(cast.finance), system(IMPORTER)):
        with pytest.raises(WrongState):
            perform("refund", case_id=payout.case_id, actor=actor)
    with pytest.raises(NotAllowed):
        perform("refund", case_id=payout.case_id, actor=person(cast.manager))
    assert RefundCase.objects.get().state == "reviewed"
    assert not ResultProblem.objects.exists()
