"""The accounts that this installation has with providers: named in the settings, keyed by the environment.

``GATEWAYS=stripe:main`` names one; its keys are ``STRIPE_MAIN_API_KEY`` and so on, or
``STRIPE_MAIN_API_KEY_FILE`` with the path of a file that holds one. No key is in the database.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from refunds.gateways.protocol import Adapter

NAME = re.compile(r"[a-z0-9]+\Z")
SANDBOX = "sandbox"


@dataclass(frozen=True)
class Kind:
    """A provider: its adapter, the keys that an account needs, those that it may have, and their looks."""

    adapter: str
    needed: tuple[str, ...]
    optional: tuple[str, ...] = ("URL",)
    looks: dict[str, tuple[str, str]] = field(default_factory=dict)  # a pattern, and it in words


KINDS = {
    SANDBOX: Kind("refunds.gateways.adapters.sandbox.Sandbox", ("URL", "KEY"), ()),
    "stripe": Kind(
        "refunds.gateways.adapters.stripe.Stripe",
        ("API_KEY", "WEBHOOK_SECRET"),
        looks={
            "API_KEY": (r"(sk|rk)_\S+", "a secret key, which begins with sk_ or rk_"),
            "WEBHOOK_SECRET": (r"whsec_\S+", "a signing secret, which begins with whsec_"),
        },
    ),
    "alipay": Kind(
        "refunds.gateways.adapters.alipay.Alipay", ("APP_ID", "PRIVATE_KEY", "ALIPAY_PUBLIC_KEY")
    ),
    "wechat": Kind(
        "refunds.gateways.adapters.wechat.WeChat",
        (
            "MCHID", "APPID", "CERT_SERIAL", "PRIVATE_KEY", "APIV3_KEY", "PUBLIC_KEY_ID",
            "PUBLIC_KEY",
        ),
        ("URL", "NOTIFY_URL"),
        {
            "MCHID": (r"\d+", "the merchant's number, which has digits only"),
            "APIV3_KEY": (r"\S{32}", "the key of API v3, which has 32 characters"),
        },
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Account:
    """One account: who, what it is called here, and its keys, which no log and no page shows."""

    provider: str
    name: str
    keys: dict[str, str] = field(repr=False, hash=False)

    def __str__(self) -> str:
        return f"{self.provider}:{self.name}"


@cache
def configured() -> dict[tuple[str, str], Account]:
    """Every account of the settings. Raises ``ImproperlyConfigured`` for one that is not whole."""
    accounts = [_read(entry) for entry in settings.GATEWAYS]
    return {(account.provider, account.name): account for account in accounts}


def _read(entry: str) -> Account:
    provider, _colon, name = entry.partition(":")
    kind = KINDS.get(provider)
    if kind is None or not NAME.match(name):
        raise ImproperlyConfigured(
            f"GATEWAYS names {entry[:60]!r}. Write provider:name, with one of the providers "
            f"{', '.join(KINDS)} and a name of small letters and digits."
        )
    if provider == SANDBOX and not settings.GATEWAY_SANDBOX:
        raise ImproperlyConfigured(
            "GATEWAYS names a sandbox while DEBUG is off. A sandbox pays nobody: take it out."
        )
    keys = {part: _key(provider, name, part) for part in (*kind.needed, *kind.optional)}
    missing = [_variable(provider, name, part) for part in kind.needed if not keys[part]]
    if missing:
        raise ImproperlyConfigured(
            f"GATEWAYS names {entry}, and these variables are not set: {', '.join(missing)}. "
            f"Set them all, or take {entry} out of GATEWAYS."
        )
    for part, (pattern, words) in kind.looks.items():
        if not re.fullmatch(pattern, keys[part]):
            raise ImproperlyConfigured(f"{_variable(provider, name, part)} is not {words}.")
    return Account(provider, name, keys)


def _variable(provider: str, name: str, part: str) -> str:
    return f"{provider}_{name}_{part}".upper()


def _key(provider: str, name: str, part: str) -> str:
    variable = _variable(provider, name, part)
    path = os.environ.get(f"{variable}_FILE", "")
    if not path:
        found = os.environ.get(variable, "") or settings.GATEWAY_DEFAULTS.get(variable, "")
        return found.strip().replace("\\n", "\n")
    try:
        return Path(path).read_text().strip()
    except OSError as problem:
        raise ImproperlyConfigured(
            f"{variable}_FILE is {path!r}, which cannot be read: {problem.strerror}."
        ) from None


@cache
def adapter(provider: str, name: str) -> Adapter | None:
    """The way to an account; ``None`` where the settings do not name it any more."""
    account = configured().get((provider, name))
    if account is None:
        return None
    found: Adapter = import_string(KINDS[provider].adapter)(account)
    return found


def require_usable() -> None:
    """Open every account, so that a wrong key stops the start and not a worker at night.

    A sandbox has no such keys, and a trial starts without the libraries.
    """
    for account in configured().values():
        if account.provider == SANDBOX:
            continue
        try:
            adapter(account.provider, account.name)
        except Exception as problem:  # whatever a library makes of a key; its words may hold it
            needed = KINDS[account.provider].needed
            variables = (_variable(account.provider, account.name, part) for part in needed)
            raise ImproperlyConfigured(
                f"The keys of {account} cannot be used ({type(problem).__name__}). Compare them with what "
                f"the provider gave out: {', '.join(variables)}."
            ) from None


def of_provider(provider: str) -> Iterator[tuple[str, Adapter]]:
    """Each account at ``provider``, by its name here."""
    for kind, name in configured():
        found = adapter(kind, name) if kind == provider else None
        if found is not None:
            yield name, found


def forget() -> None:
    """Read the settings again at the next question: for those who change them."""
    configured.cache_clear()
    adapter.cache_clear()
