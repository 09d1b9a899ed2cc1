"""A year of history in fifty stores, written by the product's own set-based ways."""

from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

from django.db.models import F, Value
from django.db.models.functions import Mod
from django.utils import timezone

from backoffice.actors import INSTALLER, person, system
from backoffice.audit.recording import recorded
from backoffice.audit.sets import update_set
from backoffice.models import User
from merchants.models import Merchant, Store
from refunds.models import RefundCase
from tests.refunds.many import BATCH, make_overdue

STORES, PEOPLE = 50, 40
YEAR = datetime(2026, 1, 1, tzinfo=UTC)
# What happens to each case after it was asked for: the action, and the field that it writes.
ROUNDS = (
    "claim",
    "remind",
    "approve",
    "correct",
    "extend",
    "correct",
    "remind",
    "extend",
    "correct",
    "close",
)
PER_CASE = 6 + len(
    ROUNDS
)  # of versions: buyer, order, line, payment, case, its line; then the rounds


def make_world(versions: int) -> list[Store]:
    """About ``versions`` versions over a year; gives the stores."""
    with recorded(system(INSTALLER), "A benchmark."):
        merchant = Merchant.objects.create(code="search", name="Search")
        stores = [
            Store.objects.create(merchant=merchant, code=f"search-{n}", name=f"Store {n}")
            for n in range(STORES)
        ]
    people = User.objects.bulk_create(User(username=f"clerk{n}") for n in range(PEOPLE))
    cases = max(versions // PER_CASE, STORES)
    chunks = max(cases // BATCH, 24)
    for n in range(chunks):
        at = YEAR + n * timedelta(days=360) / chunks
        _chunk(stores, cases // chunks, at, people, n)
    return stores


def _chunk(stores: list[Store], count: int, at: datetime, people: list[User], n: int) -> None:
    """Some cases, asked for at ``at``, and what became of them in the hours after it."""
    with _clock(at):
        ids = make_overdue(stores, count)
    rows = RefundCase.objects.filter(pk__gte=min(ids), pk__lte=max(ids))
    for step, action in enumerate(ROUNDS):
        who = person(people[(n + step) % PEOPLE])
        with _clock(at + timedelta(hours=step + 1)), recorded(who, "A benchmark.", action):
            update_set(rows, **_values(action, step, who.user))


def _values(action: str, step: int, user: User) -> dict[str, Any]:
    less = Mod(F("pk") + Value(step), Value(9))
    values: dict[str, dict[str, Any]] = {
        "claim": {"assignee": Value(user.pk)},
        "remind": {"reminders": F("reminders") + 1},
        "approve": {"amount_approved": F("amount_requested") - less},
        "correct": {"amount_approved": F("amount_requested") - less},
        "extend": {"extended_hours": F("extended_hours") + 1},
        "close": {"closed_at": Value(YEAR)},
    }
    return values[action]


def _clock(at: datetime) -> "mock._patch":
    return mock.patch.object(timezone, "now", return_value=at)
