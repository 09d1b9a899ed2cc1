"""The accounts of the settings: whole, or the program does not start."""

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from refunds.gateways import accounts

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def fresh() -> Any:
    accounts.forget()
    yield
    accounts.forget()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("paypal:main", "provider:name, with one of the providers sandbox, stripe, alipay, wechat"),
        ("stripe", "Write provider:name"),
        ("stripe:Main Street", "small letters and digits"),
        ("stripe:main", "not set: STRIPE_MAIN_API_KEY, STRIPE_MAIN_WEBHOOK_SECRET"),
        ("wechat:main", "WECHAT_MAIN_APIV3_KEY"),
    ],
)
def test_an_account_that_is_not_whole_is_told_in_a_sentence(
    settings: Any, name: str, sentence: str
) -> None:
    settings.GATEWAYS = [name]
    with pytest.raises(ImproperlyConfigured, match=sentence):
        accounts.configured()


def test_half_a_set_of_keys_names_what_is_missing(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.GATEWAYS = ["stripe:main"]
    monkeypatch.setenv("STRIPE_MAIN_API_KEY", "sk_test_1234")
    with pytest.raises(ImproperlyConfigured, match="not set: STRIPE_MAIN_WEBHOOK_SECRET") as caught:
        accounts.configured()
    assert "sk_test" not in str(caught.value)


def test_a_key_may_be_in_a_file_and_is_never_shown(
    settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings.GATEWAYS = ["stripe:main"]
    (tmp_path / "key").write_text("sk_test_1234\n")
    monkeypatch.setenv("STRIPE_MAIN_API_KEY_FILE", str(tmp_path / "key"))
    monkeypatch.setenv("STRIPE_MAIN_WEBHOOK_SECRET", "whsec_1234")
    account = accounts.configured()["stripe", "main"]
    assert account.keys["API_KEY"] == "sk_test_1234"
    assert "1234" not in f"{account!r} {account}"
    accounts.forget()
    monkeypatch.setenv("STRIPE_MAIN_API_KEY_FILE", str(tmp_path / "nowhere"))
    with pytest.raises(ImproperlyConfigured, match="cannot be read"):
        accounts.configured()


@pytest.mark.parametrize(
    ("part", "value", "sentence"),
    [
        ("API_KEY", "pk_live_public", "STRIPE_MAIN_API_KEY is not a secret key"),
        ("WEBHOOK_SECRET", "sk_live_swapped", "STRIPE_MAIN_WEBHOOK_SECRET is not a signing secret"),
    ],
)
def test_a_key_of_another_kind_is_told_without_its_words(
    settings: Any, monkeypatch: pytest.MonkeyPatch, part: str, value: str, sentence: str
) -> None:
    settings.GATEWAYS = ["stripe:main"]
    for name, good in (("API_KEY", "sk_test_1"), ("WEBHOOK_SECRET", "whsec_1")):
        monkeypatch.setenv(f"STRIPE_MAIN_{name}", value if name == part else good)
    with pytest.raises(ImproperlyConfigured, match=sentence) as caught:
        accounts.require_usable()
    assert value not in str(caught.value)


def test_a_key_that_cannot_be_read_stops_the_start(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.GATEWAYS = ["wechat:main"]
    for name in accounts.KINDS["wechat"].needed:
        monkeypatch.setenv(f"WECHAT_MAIN_{name}", "7" * 32)
    with pytest.raises(
        ImproperlyConfigured, match=r"keys of wechat:main cannot be used .*WECHAT_MAIN_PRIVATE_KEY"
    ):
        accounts.require_usable()


def test_a_sandbox_is_for_trials_only(settings: Any) -> None:
    settings.GATEWAYS, settings.GATEWAY_SANDBOX = ["sandbox:demo"], False
    with pytest.raises(ImproperlyConfigured, match="pays nobody"):
        accounts.configured()
