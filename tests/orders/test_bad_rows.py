import pytest

from orders.models import Order, OrderLine
from tests.cast import Cast
from tests.orders.files import HEADER, adds_up, check, load, problems, row, table, workbook

OTHER = row(Order_number="N2")


@pytest.mark.parametrize(
    ("bad", "field", "sentence"),
    [
        (
            {"Quantity": "-1"},
            "Quantity",
            "The quantity is negative, but this is not a cancellation.",
        ),
        ({"Quantity": "0"}, "Quantity", "“0” is not a number of pieces from 1 to 1000000."),
        ({"Quantity": "1.5"}, "Quantity", "“1.5” is not a number of pieces from 1 to 1000000."),
        ({"Quantity": "99999999"}, "Quantity", "is not a number of pieces"),
        ({"Quantity": ""}, "Quantity", "This cell is empty, but the order needs it."),
        ({"Quantity": "many"}, "Quantity", "“many” is not a number as this profile writes it."),
        ({"Unit_price": ""}, "Unit price", "This cell is empty, but the order needs it."),
        ({"Unit_price": "0"}, "Unit price", "The unit price is 0, so nothing was sold."),
        ({"Unit_price": "-5"}, "Unit price", "“-5” is negative. Only cancellations go back."),
        ({"Unit_price": "10.555"}, "Unit price", "“10.555” has more decimals than CNY has."),
        ({"Unit_price": "1e5"}, "Unit price", "“1e5” is not a number as this profile writes it."),
        ({"Unit_price": "NaN"}, "Unit price", "“NaN” is not a number as this profile writes it."),
        (
            {"Unit_price": "99999999999"},
            "Unit price",
            "“99999999999” is more than any order can cost.",
        ),
        (
            {"Unit_price": "9999999999", "Quantity": "9"},
            "Unit price",
            "Quantity times unit price is more",
        ),
        (
            {"Placed_at": "yesterday"},
            "Placed at",
            "“yesterday” is not a date as this profile writes it",
        ),
        ({"Placed_at": "2024-02-30 10:00:00"}, "Placed at", "is not a date"),
        ({"Placed_at": "1999-12-31 10:00:00"}, "Placed at", "1999-12-31 is out of range"),
        ({"Placed_at": "2999-01-01 10:00:00"}, "Placed at", "2999-01-01 is out of range"),
        ({"Placed_at": ""}, "Placed at", "This cell is empty"),
        ({"Title": "=HYPERLINK(1)"}, "Title", "“=HYPERLINK(1)” would be taken for a formula."),
        ({"Title": "@cmd"}, "Title", "would be taken for a formula."),
        ({"Buyer": "+1"}, "Buyer", "would be taken for a formula."),
        ({"SKU": "-SKU"}, "SKU", "would be taken for a formula."),
        ({"Title": "＝1"}, "Title", "would be taken for a formula."),
        ({"Title": "\t=1"}, "Title", "would be taken for a formula."),
        ({"Title": "x" * 301}, "Title", "This text has 301 characters. There is room for 300."),
        ({"Order_number": ""}, "Order number", "This cell is empty"),
        ({"SKU": ""}, "SKU", "This cell is empty"),
    ],
)
def test_a_row_that_cannot_be_used_is_named_with_its_field(
    cast: Cast, bad: dict[str, str], field: str, sentence: str
) -> None:
    run = load(cast.a, table(row(**bad), OTHER))
    [(number, column, message)] = problems(run)
    assert (number, column) == (2, field)
    assert sentence in message
    assert adds_up(run.counts)
    assert list(Order.objects.values_list("number", flat=True)) == ["N2"]


def test_an_unknown_currency_is_refused(cast: Cast) -> None:
    header = [*HEADER, "Currency"]
    run = check(cast.a, table([*row(), "XYZ"], [*OTHER, "usd"], header=header))
    assert [(p[0], p[1]) for p in problems(run)] == [(2, "Currency")]
    assert run.counts["preview"][0]["currency"] == "USD"


def test_a_missing_column_refuses_the_whole_file(cast: Cast) -> None:
    run = check(cast.a, table(["1"], header=["Order number"]))
    assert run.state == "refused"
    assert "The column “Placed at”, “SKU”" in run.message
    assert "The header has: Order number." in run.message


def test_a_column_that_is_there_twice_refuses_the_whole_file(cast: Cast) -> None:
    run = check(cast.a, table([*row(), "x"], header=[*HEADER, "SKU"]))
    assert (run.state, run.message) == ("refused", "The column “SKU” is there twice. Remove one.")


def test_a_binary_file_refuses_the_run_and_the_next_file_still_works(cast: Cast) -> None:
    assert check(cast.a, b"\x89PNG\r\n\x1a\n\x00").state == "refused"
    assert load(cast.a, table(row())).state == "applied"


def test_rows_that_contradict_their_order_are_left_out(cast: Cast) -> None:
    run = load(
        cast.a,
        table(
            row(),
            row(Placed_at="2024-05-01 10:01:00", SKU="SKU2"),
            row(Placed_at="2024-05-03 10:00:00", SKU="SKU3"),
            row(Buyer="B2", SKU="SKU4"),
        ),
    )
    assert [(p[0], p[1]) for p in problems(run)] == [(4, "Placed at"), (5, "Buyer")]
    assert "This differs from row 2 of the same order" in problems(run)[0][2]
    assert list(OrderLine.objects.values_list("sku", flat=True)) == ["SKU1", "SKU2"]
    assert adds_up(run.counts)


def test_a_known_number_with_other_content_changes_nothing(cast: Cast) -> None:
    load(cast.a, table(row()))
    run = load(cast.a, table(row(Unit_price="99.00"), OTHER))
    assert problems(run) == [
        (
            2,
            "Order number",
            "Order N1 is here already, with other content. Nothing of it was changed.",
        )
    ]
    assert str(OrderLine.objects.get(order__number="N1").unit_price) == "10.50"
    assert adds_up(run.counts)


def test_a_formula_in_a_workbook_refuses_the_file(cast: Cast) -> None:
    run = check(
        cast.a, workbook(HEADER, [*ROW_VALUES[:3], "=1+1", *ROW_VALUES[4:]]), name="orders.xlsx"
    )
    assert run.state == "refused"
    assert run.message == "Row 2, column D: there is a formula. Replace it by its value."


ROW_VALUES = row()
