from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.bulk.cells import FORMULA_STARTS, looks_like_formula, safe_cell


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        " =1",
        "\tlamp",
        "\rlamp",
        "\nlamp",
        "＝1",
        "＋1",
        "－1",
        "＠a",
    ],
)
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    assert looks_like_formula(text)
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize(
    "value", ["lamp", "a=b", "", None, 5, Decimal("-1.50"), datetime(2024, 1, 1, tzinfo=UTC), "'=1"]
)
def test_everything_else_stays_as_it_is(value: object) -> None:
    assert safe_cell(value) is value


@given(st.text())
def test_no_exported_text_begins_like_a_formula(text: str) -> None:
    assert not safe_cell(text).strip().startswith(FORMULA_STARTS)
