"""What if, asked by the page: what is refused, shared, and seen."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from backoffice.actors import person
from backoffice.exceptions import BackofficeError, BadInput, NotAllowed, NotFound
from refunds.models import PolicyReplay
from refunds.whatif.running import carry_on
from tests.cast import Cast
from tests.refunds.whatif.past import NOW, START, History, low_value, policy, replayed, waiting

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("who", "more", "refusal"),
    [
        ("staff", {}, NotAllowed),
        ("staff2", {}, NotFound),
        ("manager", {"until": START.date() - timedelta(days=1)}, BadInput),
        ("manager", {"since": START.date() - timedelta(days=400)}, BadInput),
        ("manager", {"changes": {"store": {"name": "X"}}}, BadInput),
        ("manager", {"changes": {"policy_0": {"review_hours": 3}}}, BadInput),
        ("manager", {"changes": {"store": {"daily_cap_count": -1}}}, BadInput),
    ],
)
def test_what_cannot_be_asked_is_refused(
    cast: Cast, who: str, more: dict[str, Any], refusal: type[BackofficeError]
) -> None:
    with pytest.raises(refusal):
        waiting(cast, **{**more, "actor": person(cast.people[who])})
    assert not PolicyReplay.objects.exists()


def form_of(client: Client, **changed: Any) -> dict[str, Any]:
    """The page's form as it is sent, with other values."""
    form = client.get(reverse("admin:refunds_policyreplay_add")).context["form"]
    sent = {"store": form.now.store.pk}
    for bound in form:
        value = bound.value()
        if value is not None and value is not False:
            sent[bound.html_name] = "on" if value is True else value
    return {**sent, **changed}


def test_a_manager_asks_by_the_page_and_shares_the_answer(
    client: Client, cast: Cast, history: History
) -> None:
    client.force_login(cast.manager)
    with time_machine.travel(NOW, tick=False):
        sent = form_of(client, **{f"{policy()}-review_hours": "4", f"{low_value()}-off": "on"})
        response = client.post(reverse("admin:refunds_policyreplay_add"), sent)
        replay = PolicyReplay.objects.get()
        assert response.url == reverse("admin:refunds_policyreplay_change", args=[replay.pk])
        assert replay.draft["changes"] == {
            policy(): {"review_hours": 4},
            low_value(): {"off": True},
        }
        assert "Waiting" in client.get(response.url).content.decode()
        carry_on(replay)
        other = replayed(cast)
    client.force_login(cast.auditor)
    text = client.get(response.url, {"with": other.pk}).content.decode()
    assert "Who decides" in text
    assert "hours to review: 24 → 4" in text
    assert "At once, by a rule" in text
    assert "Try" in text
    assert "How this is reckoned" in text


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_browser_understands_the_days_in_every_language(
    client: Client, cast: Cast, language: str
) -> None:
    client.force_login(cast.manager)
    client.cookies["django_language"] = language
    text = client.get(reverse("admin:refunds_policyreplay_add")).content.decode()
    assert re.search(r'name="since" value="\d{4}-\d\d-\d\d"', text)


def test_an_impossible_draft_is_refused_with_a_sentence(client: Client, cast: Cast) -> None:
    client.force_login(cast.manager)
    for changed in ({f"{policy()}-review_hours": "0"}, {"since": "2030-01-01"}, {"title": ""}):
        response = client.post(
            reverse("admin:refunds_policyreplay_add"), form_of(client, **changed)
        )
        assert response.status_code == 400
        assert "is-error" in response.content.decode() or "desk-error" in response.content.decode()
    assert not PolicyReplay.objects.exists()


def test_only_the_own_store_s_replays_are_seen(
    client: Client, cast: Cast, history: History
) -> None:
    replay = replayed(cast)
    page = reverse("admin:refunds_policyreplay_change", args=[replay.pk])
    client.force_login(cast.staff2)
    assert client.get(page).status_code in (403, 404)
    assert client.get(reverse("admin:refunds_policyreplay_add")).status_code == 403
    client.force_login(cast.manager)
    response = client.post(reverse("admin:refunds_policyreplay_add"), {"store": cast.b.pk})
    assert response.status_code == 404
    assert Decimal(replay.figures["now"]["ways"]["rule"]["money"]) == Decimal("25.00")
