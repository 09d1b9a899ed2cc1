from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.bulk.cells import (
    FIRST,
    FORMULA_STARTS,
    could_be_run,
    looks_like_formula,
    plain_cell,
    safe_cell,
)

pytestmark = pytest.mark.once  # reads text, and asks no database


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
        "\0=1",
        "\0lamp",
    ],
)
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    assert looks_like_formula(text)
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize(
    "text",
    ["'=1", '"=1', "''+1", "' -1", "\u200b=1", "\ufeff@A", "\u202e=1", "\x01-1", "\u3000＝1"],
)
def test_text_that_would_run_behind_a_quotation_mark_or_an_unseen_sign_gets_one_too(
    text: str,
) -> None:
    assert could_be_run(text)
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["'=1", '"-10%"'])
def test_coming_in_a_quotation_mark_makes_a_text_of_it(text: str) -> None:
    assert not looks_like_formula(text)


@pytest.mark.parametrize(
    "value",
    [
        "lamp",
        "a=b",
        "",
        None,
        5,
        Decimal("-1.50"),
        -1.5,
        datetime(2024, 1, 1, tzinfo=UTC),
        "'lamp'",
        "“=1”",
    ],
)
def test_everything_else_stays_as_it_is(value: object) -> None:
    assert safe_cell(value) is value


ODD = st.text(st.one_of(st.sampled_from(sorted(FIRST)), st.characters()), max_size=8)


@given(st.one_of(st.text(), ODD))
def test_no_exported_text_begins_like_a_formula(text: str) -> None:
    cell = safe_cell(text)
    assert not cell.startswith(FORMULA_STARTS)
    assert cell.startswith("'") or not cell.strip().startswith(FORMULA_STARTS)


@given(st.one_of(st.text(), ODD))
def test_a_safe_cell_can_be_made_plain_again(text: str) -> None:
    assert plain_cell(safe_cell(text)) == text
