"""How money is written."""

from decimal import Decimal

import pytest
from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils import translation

from backoffice import money
from backoffice.exceptions import BadInput

pytestmark = pytest.mark.once


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_money_is_written_the_same_way_in_both_languages(language: str) -> None:
    with translation.override(language):
        assert money.show(Decimal("1234.5"), "CNY") == "¥1,234.50"
        assert money.show(Decimal(-8), "CNY") == "-¥8.00"
        assert money.show(Decimal(1234), "JPY") == "JP¥1,234"
        assert money.show(Decimal(12), "USD") == "US$12.00"
        assert money.show(None, "CNY") == "–"


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_large_numbers_are_grouped_the_same_way_in_both_languages(language: str) -> None:
    with translation.override(language):
        assert intcomma(10000) == "10,000"


@pytest.mark.parametrize(
    ("currency", "unit", "shown"),
    [
        ("CNY", "0.01", "¥1,200.00"),
        ("JPY", "1", "JP¥1,200"),
        ("KRW", "1", "₩1,200"),
        ("HUF", "0.01", "HUF1,200.00"),
        # what Unicode's tables say otherwise: they count the coins that are still in use
        ("LBP", "0.01", "LBP1,200.00"),
        ("RSD", "0.01", "RSD1,200.00"),
        ("MGA", "0.01", "MGA1,200.00"),
        ("IQD", "0.001", "IQD1,200.000"),
        ("KWD", "0.001", "KWD1,200.000"),
        ("CLF", "0.0001", "CLF1,200.0000"),
    ],
)
def test_a_currency_has_the_decimals_of_iso_4217(currency: str, unit: str, shown: str) -> None:
    assert money.exponent(currency) == Decimal(unit)
    assert money.show(Decimal(1200), currency) == shown


@pytest.mark.parametrize("currency", ["KWD", "BHD", "TND", "OMR", "JOD", "IQD", "LYD", "CLF"])
def test_money_that_does_not_fit_into_two_decimals_is_refused(currency: str) -> None:
    assert f"Amounts in {currency} have " in money.objection_to(currency)
    assert not money.known(currency)


@pytest.mark.parametrize("code", ["XAU", "XTS", "XXX", "DEM", "XYZ", "cny", ""])
def test_what_nobody_pays_with_is_no_currency(code: str) -> None:
    assert f"“{code}” is not a currency." in money.objection_to(code)


@pytest.mark.parametrize(
    ("amount", "currency"), [("100.5", "JPY"), ("1.234", "CNY"), ("0.001", "EUR"), ("1.1", "XOF")]
)
def test_an_amount_finer_than_its_currency_is_named(amount: str, currency: str) -> None:
    with pytest.raises(BadInput, match=f"“{amount}” has more decimals than {currency} has"):
        money.check_decimals(Decimal(amount), currency)
    money.check_decimals(Decimal("100.00"), currency)
