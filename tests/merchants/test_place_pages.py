"""Merchants and stores, set up by the platform."""

import pytest
from django.test import Client

from merchants.models import Merchant, Store
from tests.cast import Cast
from tests.merchants.setting_up import USUAL, WHY, errors, page

pytestmark = pytest.mark.once  # every page is opened on PostgreSQL by tests/access/test_opening.py


@pytest.mark.parametrize("code", ["Big", "with space", "-x", "ü", ""])
def test_a_merchants_code_is_plain(cast: Cast, client: Client, code: str) -> None:
    client.force_login(cast.platform)
    response = client.post(page("merchant", "add"), {"code": code, "name": "New", **WHY})
    assert "code" in response.context["adminform"].form.errors
    assert Merchant.objects.count() == 2


def test_a_store_needs_a_currency_that_exists(cast: Cast, client: Client) -> None:
    client.force_login(cast.platform)
    data = {
        "merchant": cast.merchant.pk,
        "code": "new",
        "name": "New",
        "channel": "own",
        **USUAL,
        **WHY,
    }
    response = client.post(page("store", "add"), {**data, "currency": "XQX"})
    assert "“XQX” is not a currency. Use its three letters" in errors(response)
    assert client.post(page("store", "add"), {**data, "currency": "usd"}).status_code == 302
    assert Store.objects.get(code="new").currency == "USD"


def test_a_store_stays_with_its_merchant(cast: Cast, client: Client) -> None:
    client.force_login(cast.platform)
    data = {"merchant": cast.other_merchant.pk, "code": "b2", "name": "Store A!", "channel": "own"}
    client.post(page("store", "change", cast.a.pk), {**data, "currency": "CNY", **USUAL, **WHY})
    store = Store.objects.get(pk=cast.a.pk)
    assert (store.merchant, store.code, store.name) == (cast.merchant, "a", "Store A!")
