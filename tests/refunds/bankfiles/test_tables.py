"""Answers and statements as tables: what is in them, and a sentence for what cannot be read."""

import io
from contextlib import closing
from datetime import date
from decimal import Decimal

import pytest

from backoffice.exceptions import BadInput
from refunds.bankfiles.contents import Head, Item, StatementLine
from refunds.bankfiles.reading import open_answers, read_statement

ANSWERS = "number,amount,currency,status\r\nPO-1,1.00,CNY,settled\r\n"
STATEMENT = "number,amount,currency,booked_on,direction,bank_reference,reason,returned\r\n"

pytestmark = pytest.mark.once


def answers(text: str) -> tuple[Head, list[Item]]:
    head, items = open_answers(io.BytesIO(text.encode()))
    return head, list(items)


def statement(text: str) -> list[StatementLine]:
    return list(read_statement(io.BytesIO(text.encode()))[1])


def test_an_item_has_every_column_and_missing_ones_are_empty() -> None:
    head, (item,) = answers(ANSWERS)
    assert head == Head()
    assert item == Item(
        2,
        {
            "number": "PO-1",
            "amount": "1.00",
            "currency": "CNY",
            "status": "settled",
            "reason": "",
            "destination": "",
        },
    )


def test_the_head_above_the_table_is_read() -> None:
    above = "batch,RB-1\r\naccount,BANK-A\r\ncount,1\r\ncontrol total,1.00\r\ncurrency,CNY\r\n\r\n"
    head, (item,) = answers(above + ANSWERS)
    assert head == Head("RB-1", 1, Decimal("1.00"), "CNY", "BANK-A")
    assert item.row == 8


@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_table_may_be_made_with_other_separators(separator: str) -> None:
    above = "batch,RB-1\r\ncount,1\r\n\r\n"
    head, (item,) = answers((above + ANSWERS).replace(",", separator))
    assert (head.batch, head.count, item.cells["amount"]) == ("RB-1", 1, "1.00")


@pytest.mark.parametrize(
    "line", ["count,many", "count,1.5", "control total,NaN", "count,1e9999999"]
)
def test_a_control_figure_that_is_no_number_is_named_with_its_row(line: str) -> None:
    with pytest.raises(BadInput, match=r"Row 1: .* is not a number"):
        answers(line + "\r\n" + ANSWERS)


def test_a_table_without_rows_is_refused() -> None:
    with pytest.raises(BadInput, match="no rows"):
        answers("batch,RB-1\r\nnumber,amount,currency,status\r\n")


def test_the_items_let_go_of_the_file_and_leave_it_open() -> None:
    file = io.BytesIO((ANSWERS * 2).encode())
    with closing(open_answers(file)[1]) as items:
        next(items)
    assert not file.closed


def test_a_statement_is_read_line_by_line() -> None:
    rows = "PO-1,12.50,cny,2026-11-26,out,B1,,\r\n,7.00,CNY,2026-11-27,IN,B2,AC04,yes\r\n"
    assert statement(STATEMENT + rows) == [
        StatementLine(
            2, "PO-1", Decimal("12.50"), "CNY", date(2026, 11, 26), "out", "B1", "", False
        ),
        StatementLine(3, "", Decimal("7.00"), "CNY", date(2026, 11, 27), "in", "B2", "AC04", True),
    ]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("PO-1,12.505,CNY,2026-11-26,out", "amount"),
        ("PO-1,-12,CNY,2026-11-26,out", "amount"),
        ("PO-1,1e2,CNY,2026-11-26,out", "amount"),
        ("PO-1,1_2,CNY,2026-11-26,out", "amount"),
        ("PO-1,１２,CNY,2026-11-26,out", "amount"),
        ("PO-1,12.5,JPY,2026-11-26,out", "amount"),
        ("PO-1,12,XX,2026-11-26,out", "currency"),
        ("PO-1,12,CNY,26/11/2026,out", "booked_on"),
        ("PO-1,12,CNY,20261126,out", "booked_on"),
        ("PO-1,1000000000000,CNY,2026-11-26,out", "amount"),
        ("PO-1,12,CNY,2026-11-26,sideways", "direction"),
        ("PO-1,12,CNY,2026-11-26,in,B,R,perhaps", "returned"),
    ],
)
def test_a_line_that_is_not_understood_names_row_and_column(row: str, column: str) -> None:
    with pytest.raises(BadInput, match=rf"Row 2, column “{column}”"):
        statement(STATEMENT + row + "\r\n")


def test_a_statement_without_its_columns_says_which() -> None:
    with pytest.raises(BadInput, match=r"“booked_on” is missing\. A statement has the columns"):
        statement("number,amount,currency,direction\r\nPO-1,1,CNY,out\r\n")
