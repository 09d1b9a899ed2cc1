"""What does not fit quarantines the whole file, with every reason kept."""

from typing import Any

import pytest

from backoffice.actors import person
from backoffice.exceptions import WrongState
from refunds.batches.building import void
from refunds.models import Payout, ResultRow
from refunds.results import confirm_result
from tests.cast import Cast
from tests.personal import plain
from tests.refunds.money import (
    HEADER,
    answer,
    apply,
    bring,
    bring_day,
    csv_of,
    queue_payouts,
    rows_of,
    sealed_batch,
    sent_batch,
)
from tests.refunds.results.rows import snapshot


def broken(first: Payout, second: Payout, foreign: Payout) -> dict[str, tuple[list[Any], str, str]]:
    """Rows that do not fit: with the field and a word of the sentence."""
    number = second.number
    return {
        "unknown number": ([["PO-XXXXX-XXXXX", 20, "CNY", "settled", ""]], "number", "no payout"),
        "number of another batch": ([answer(foreign)], "number", "belongs to batch"),
        "overlong number": ([["P" * 40, 20, "CNY", "settled", ""]], "number", "no payout"),
        "wrong amount": ([[number, "20.01", "CNY", "settled", ""]], "amount", "20.01"),
        "wrong currency": ([[number, 20, "USD", "settled", ""]], "currency", "payout is in CNY"),
        "duplicate row": ([answer(first), answer(second)], "number", "already in row 2"),
        "unknown status": ([[number, 20, "CNY", "maybe", ""]], "status", "maybe"),
        "no status": ([[number, 20, "CNY", "", ""]], "status", "empty"),
        "negative amount": ([[number, "-20", "CNY", "settled", ""]], "amount", "not an amount"),
        "exponent": ([[number, "2e1", "CNY", "settled", ""]], "amount", "not an amount"),
        "digits of another alphabet": ([[number, "２０", "CNY", "settled", ""]], "amount", "２０"),
        "impossible amount": ([[number, "1e999999", "CNY", "settled", ""]], "amount", "1e"),
        "too many decimals": ([[number, "20.001", "CNY", "settled", ""]], "amount", "decimals"),
        "no such currency": ([[number, 20, "XYZ", "settled", ""]], "currency", "XYZ"),
        "text for an amount": ([[number, "lots", "CNY", "settled", ""]], "amount", "lots"),
        "no number": ([["", 20, "CNY", "settled", ""]], "number", "empty"),
        "formula": ([[number, 20, "CNY", "failed", "=1+1"]], "reason", "formula"),
        "long reason": ([[number, 20, "CNY", "failed", "x" * 301]], "reason", "300"),
        "short row": ([[number, 20]], "currency", "empty"),
    }


CASES = list(broken(Payout(), Payout(), Payout()))


@pytest.mark.parametrize("name", CASES)
def test_one_row_that_does_not_fit_quarantines_the_whole_file(cast: Cast, name: str) -> None:
    other = sent_batch(cast, "7.00")
    batch = sent_batch(cast, "50.00", "20.00")
    first, second = rows_of(batch)
    rows, field, word = broken(first, second, rows_of(other)[0])[name]
    before = snapshot()
    run = bring(cast, batch, csv_of([answer(first), *rows]))

    assert (run.state, snapshot()) == ("quarantined", before)
    (problem,) = [one for one in run.problems.filter(field=field) if word in one.message]
    assert problem.row == 3
    with pytest.raises(WrongState):
        confirm_result(run_id=run.pk, actor=person(cast.finance))


def test_an_answer_that_contradicts_an_earlier_one_quarantines_the_file(cast: Cast) -> None:
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
        assert run.state == "quarantined"
        assert "already answered" in run.problems.get().message
    assert snapshot() == before


def test_a_number_of_another_store_is_as_unknown_as_any(cast: Cast) -> None:
    (foreign,) = queue_payouts(cast.b, cast.staff2, "50.00")
    batch = sent_batch(cast, "50.00")
    run = bring(cast, batch, csv_of([answer(foreign)]))
    assert "There is no payout" in run.problems.get().message


def test_where_the_money_went_counts_if_the_file_says_it(cast: Cast) -> None:
    batch = sent_batch(cast, "50.00", "20.00")
    first, second = rows_of(batch)
    header = (*HEADER, "destination")
    right = [[*answer(first), plain(first.destination)], [*answer(second), ""]]
    assert bring(cast, batch, csv_of(right, header)).state == "checked"
    wrong = [[*answer(first), "6222 0000 1111"], [*answer(second), "x" * 200]]
    run = bring(cast, batch, csv_of(wrong, header))
    assert run.state == "quarantined"
    assert list(run.problems.values_list("row", "field")) == [
        (2, "destination"),
        (3, "destination"),
    ]
    said = str(list(run.problems.values_list("message")))
    assert "somewhere else" in said
    assert plain(first.destination) not in said


def test_a_payout_of_a_void_batch_cannot_have_been_answered(cast: Cast) -> None:
    batch = sealed_batch(cast, "3.00")
    (payout,) = rows_of(batch)
    void(batch_id=batch.pk, actor=person(cast.finance), note="Not this one.")
    run = bring_day(cast, csv_of([answer(payout)]))
    assert run.state == "quarantined"
    assert "There is no payout" in run.problems.get().message


def test_two_currencies_in_one_file_do_not_fit(cast: Cast) -> None:
    first, second = rows_of(sent_batch(cast, "50.00", "20.00"))
    run = bring_day(cast, csv_of([answer(first), [second.number, "500", "JPY", "settled", ""]]))
    assert run.state == "quarantined"
    said = run.problems.filter(row=3, field="currency").values_list("message", flat=True)
    assert sorted(said) == [
        "The currency is JPY, but this payout is in CNY.",
        "This row is in JPY, and the first one in CNY. A file is in one currency.",
    ]
    run = bring_day(cast, csv_of([[second.number, "500.5", "JPY", "settled", ""]]))
    assert "more decimals than JPY" in run.problems.get().message


def test_rows_of_files_that_are_over_go_with_the_next_check(cast: Cast) -> None:
    batch = sent_batch(cast, "50.00")
    (payout,) = rows_of(batch)
    wrong = bring_day(cast, csv_of([[payout.number, "49.00", "CNY", "settled", ""]]))
    assert ResultRow.objects.filter(run=wrong).exists()
    waiting = bring_day(cast, csv_of([answer(payout)]))
    bring_day(cast, csv_of([answer(payout, "failed", "No")]))
    assert not ResultRow.objects.filter(run=wrong).exists()
    assert ResultRow.objects.filter(run=waiting).count() == 1
