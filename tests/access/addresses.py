"""Every address of the site, read from the resolver, and what can stand in its variable parts."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver

from backoffice.audit.search.unusual import questions
from merchants.admin.steps import STEPS as ASSESSMENT_STEPS
from orders.admin.erasures import DONE as ERASURE_STEPS
from refunds.actions import ACTIONS
from refunds.admin.money.batch_steps import STEPS as BATCH_STEPS
from refunds.admin.money.payout_steps import STEPS as PAYOUT_STEPS
from refunds.admin.reconciliation.days import STEPS as DAY_STEPS
from refunds.admin.reconciliation.differences import STEPS as DIFFERENCE_STEPS
from refunds.gateways.accounts import KINDS
from refunds.models import BatchFile

# The words that a variable part of an address can be, by address.
WORDS: dict[str, list[str]] = {
    "admin:refunds_refundcase_do": list(ACTIONS),
    "admin:refunds_refundbatch_do": list(BATCH_STEPS),
    "admin:refunds_reconciliationday_do": [step.name for step in DAY_STEPS],
    "admin:refunds_difference_do": [step.name for step in DIFFERENCE_STEPS],
    "admin:refunds_refundbatch_export": list(BatchFile.Format.values),
    "admin:refunds_payout_do": list(PAYOUT_STEPS),
    "admin:merchants_assessment_step": list(ASSESSMENT_STEPS),
    "admin:orders_erasure_do": list(ERASURE_STEPS),
    "admin:backoffice_changeentry_unusual_one": [asked.code for asked in questions()],
    "hook": list(KINDS),
    "guide_in": [code for code, _name in settings.LANGUAGES],
    "admin:app_list": ["merchants", "orders", "refunds", "backoffice"],
}
PART = re.compile(r"<(?:(\w+):)?(\w+)>")
GARBAGE = {
    "int": ["0", "9" * 30],
    "path": ["a'b%22%00", "9" * 30],
    "str": ["²", "9" * 30],
    "slug": ["no-such-word"],
}


@dataclass(frozen=True)
class Address:
    """One URL pattern; ``word`` is what stands in its slug, where it has one."""

    key: str
    route: str
    word: str = ""
    parts: tuple[tuple[str, str], ...] = field(default=())

    @property
    def row_parts(self) -> list[str]:
        """The parts that stand for rows."""
        return [name for kind, name in self.parts if kind != "slug"]

    def path(self, values: dict[str, Any], word: str | None = None) -> str:
        """The address with its parts filled in."""
        route = self.route
        for kind, name in self.parts:
            value = (self.word if word is None else word) if kind == "slug" else values[name]
            route = re.sub(rf"<(?:{kind}:)?{name}>", lambda _m, v=value: str(v), route)
        return f"/{route}"

    def garbage(self) -> Iterator[str]:
        """The address with nonsense in each part, the others plausible."""
        for kind, name in self.parts:
            plain = {other: "1" for _kind, other in self.parts}
            for nonsense in GARBAGE[kind]:
                if kind == "slug":
                    yield self.path(plain, word=nonsense)
                else:
                    yield self.path({**plain, name: nonsense})


def addresses() -> list[Address]:
    """Every pattern of the project, once per word where it has a slug."""
    return [
        address
        for name, route in _walk(get_resolver().url_patterns)
        for address in _spread(name, route)
    ]


def _walk(patterns: Any, space: str = "", prefix: str = "") -> Iterator[tuple[str, str]]:
    for entry in patterns:
        if isinstance(entry, URLResolver):
            inner = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from _walk(entry.url_patterns, inner, prefix + str(entry.pattern))
        else:
            assert isinstance(entry, URLPattern)
            route = prefix + str(entry.pattern)
            yield (f"{space}{entry.name}" if entry.name else route or "/"), route


def _spread(name: str, route: str) -> Iterator[Address]:
    if name == "admin:app_list":
        for word in WORDS[name]:
            yield Address(f"{name} {word}", f"admin/{word}/")
    elif "(?P" in route:
        yield Address(name, "admin/nothing/here/")
    else:
        parts = tuple((kind or "str", part) for kind, part in PART.findall(route))
        slugged = any(kind == "slug" for kind, _part in parts)
        for word in WORDS.get(name, ["?"]) if slugged else [""]:
            yield Address(f"{name} {word}".strip(), route, word, parts)
