"""How money is written."""

from decimal import Decimal

import pytest
from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils import translation

from backoffice import money

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
