"""What is a result file at all, and who may bring, confirm and drop one."""

import io

import openpyxl
import pytest

from backoffice.actors import INSTALLER, person, system
from backoffice.audit.recording import recorded
from backoffice.exceptions import BadInput, NotAllowed, NotFound, WrongState
from merchants.models import Membership
from refunds.batches.files import export
from refunds.batches.handed_out import opened
from refunds.models import ResultImport
from refunds.results import bring_result, cancel_result, confirm_result
from tests.cast import Cast
from tests.refunds.money import answer, bring, csv_of, rows_of, sealed_batch, sent_batch, step
from tests.refunds.results.rows import snapshot


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

    batch = sent_batch(cast, "50.00", "20.00")
    kept = export(batch_id=batch.pk, actor=person(cast.finance), file_format="xlsx")
    book = openpyxl.load_workbook(io.BytesIO(opened(kept)))
    for row, (status, reason) in enumerate(
        [("status", "reason"), ("settled", ""), ("failed", "No")], 1
    ):
        book["Payouts"].cell(row, 11, status)
        book["Payouts"].cell(row, 12, reason)
    content = io.BytesIO()
    book.save(content)
    run = bring(cast, batch, content.getvalue(), "result.xlsx")
    assert (run.state, run.counts["settled"], run.counts["failed"]) == ("checked", 1, 1)


def test_the_batchs_own_csv_with_answers_added_is_a_result(cast: Cast) -> None:
    batch = sent_batch(cast, "50.00")
    kept = export(batch_id=batch.pk, actor=person(cast.finance), file_format="csv")
    lines = opened(kept).decode().splitlines()
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
