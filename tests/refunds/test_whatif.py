"""What if: the current policy gives what really happened, a draft gives what would have been."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from backoffice.actors import TIMER, person, system
from backoffice.clock import now
from backoffice.exceptions import BackofficeError, BadInput, NotAllowed, NotFound, WrongState
from refunds.demo.pictures import picture
from refunds.models import (
    InstantRule,
    PolicyReplay,
    RefundCase,
    RefundPolicy,
    RejectCode,
    ReplayCheckpoint,
)
from refunds.whatif import keeping, past, replaying, running
from refunds.whatif.asking import ask, call_off
from refunds.whatif.running import carry_on, look_for_replays
from refunds.workflow import perform
from tests.access.watch import changes, everything, tables
from tests.cast import Cast
from tests.refunds.factories import fetch, make_case, make_order

pytestmark = pytest.mark.once

START = datetime(2026, 3, 2, 2, tzinfo=UTC)  # a Monday, 10 o'clock in Shanghai
NOW = START + timedelta(days=10)


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    cache.clear()


class History:
    """Past cases of store A, each through the desk's own services at its time."""

    def __init__(self, cast: Cast) -> None:
        self.cast, self.n = cast, 0

    def case(self, price: str, *then: tuple[float, str], received: bool = False) -> RefundCase:
        """A case of ``price`` and what became of it, so many hours later."""
        self.n += 1
        opened = START + timedelta(hours=self.n)
        with time_machine.travel(opened, tick=False):
            shipped = {"shipped": now(), "delivered": now()} if received else {}
            order = make_order(self.cast.a, (1, price), freight="0.00", **shipped)
            case = make_case(order, self.cast.staff)
        for hours, action in then:
            with time_machine.travel(opened + timedelta(hours=hours), tick=False):
                self._do(case, action)
        return fetch(case)

    def _do(self, case: RefundCase, action: str) -> None:
        actor = person(self.cast.staff)
        details: dict[str, Any] = {}
        if action == "attach":
            details = {"file": picture("photo.png", self.n), "party": "buyer"}
        elif action == "reject":
            details = {"code": RejectCode.objects.get(code="R05"), "note": "Too late."}
        elif action == "auto_approve":
            actor = system(TIMER)
        perform(action, case_id=case.pk, actor=actor, **details)


@pytest.fixture
def history(cast: Cast) -> History:
    """One case of every way: by rule, by people, by the timer, withdrawn, after a rail, open."""
    told = History(cast)
    told.case("25.00", (0.5, "attach"), received=True)
    told.case("50.00", (5, "approve"))
    told.case("60.00", (8, "reject"))
    told.case("70.00", (24, "auto_approve"))
    told.case("80.00", (3, "withdraw"))
    told.case("90.00", (60, "approve"), received=True)
    told.case("45.00", (6, "attach"), (10, "approve"), received=True)
    return told


def replayed(cast: Cast, changes: dict[str, Any] | None = None) -> PolicyReplay:
    """A finished replay of all of it."""
    with time_machine.travel(NOW, tick=False):
        replay = ask(
            store_id=cast.a.pk, since=START.date(), until=NOW.date(), title="Try",
            changes=changes or {}, actor=person(cast.manager),
        )  # fmt: skip
        carry_on(replay)
    return PolicyReplay.objects.get(pk=replay.pk)


def ways(tally: dict[str, Any]) -> dict[str, tuple[int, str]]:
    return {way: (s["cases"], s["money"]) for way, s in tally["ways"].items()}


def policy(kind: str = "refund_only", stage: str = "not_shipped") -> str:
    return f"policy_{RefundPolicy.objects.get(kind=kind, stage=stage, store=None).pk}"


def low_value() -> str:
    return f"rule_{InstantRule.objects.get(name='Low value, received').pk}"


def test_under_the_current_policy_comes_what_really_happened(cast: Cast, history: History) -> None:
    replay = replayed(cast)
    really = dict.fromkeys(past.WAYS, 0)
    for case in RefundCase.objects.all():
        way, _at, _money = past.first_decisions([case.pk])[case.pk]
        really[way] += 1
    assert really == {"rule": 1, "timer": 1, "person": 4, "nobody": 1}
    found = ways(replay.figures["now"])
    assert {way: cases for way, (cases, _money) in found.items()} == really
    assert found["person"][1] == "185.00"  # the rejected one gave nothing
    assert (found["rule"][1], found["timer"][1]) == ("25.00", "70.00")
    hours = (0.5 + 5 + 8 + 24 + 60 + 10) / 6
    assert replay.figures["now"]["mean_seconds"] == round(hours * 3600)
    assert replay.figures["draft"] == replay.figures["now"]
    assert (replay.state, replay.seen, replay.total) == ("done", 7, 7)
    assert (replay.figures["differences"], replay.figures["examples"]) == (0, [])


@pytest.mark.parametrize(
    ("about", "values", "expected"),
    [
        (policy, {"review_hours": 6}, {"rule": 1, "timer": 2, "person": 3, "nobody": 1}),
        (policy, {"review_hours": 5}, {"rule": 1, "timer": 2, "person": 3, "nobody": 1}),
        (policy, {"review_hours": 4}, {"rule": 1, "timer": 3, "person": 2, "nobody": 1}),
        (policy, {"review_hours": 2}, {"rule": 1, "timer": 4, "person": 2, "nobody": 0}),
        (policy, {"at_deadline": "person"}, {"rule": 1, "timer": 0, "person": 5, "nobody": 1}),
        (policy, {"auto_ceiling": "69.99"}, {"rule": 1, "timer": 0, "person": 5, "nobody": 1}),
        (policy, {"auto_ceiling": "70.00"}, {"rule": 1, "timer": 1, "person": 4, "nobody": 1}),
        (policy, {"second_approval_above": "69"}, {"rule": 1, "timer": 0, "person": 5, "nobody": 1}),
        (low_value, {"most_amount": "45.00"}, {"rule": 2, "timer": 1, "person": 3, "nobody": 1}),
        (low_value, {"most_amount": "44.99"}, {"rule": 1, "timer": 1, "person": 4, "nobody": 1}),
        (low_value, {"off": True}, {"rule": 0, "timer": 1, "person": 5, "nobody": 1}),
        (low_value, {"most_amount": "99", "photo_needed": False},
         {"rule": 3, "timer": 1, "person": 2, "nobody": 1}),
        ("store", {"instant_approval": False}, {"rule": 0, "timer": 1, "person": 5, "nobody": 1}),
        ("store", {"auto_approval": False}, {"rule": 1, "timer": 0, "person": 5, "nobody": 1}),
        ("store", {"daily_cap_count": 0}, {"rule": 0, "timer": 0, "person": 6, "nobody": 1}),
        ("store", {"daily_cap_amount": "69.99"}, {"rule": 1, "timer": 0, "person": 5, "nobody": 1}),
    ],
)  # fmt: skip
def test_a_draft_gives_what_would_have_been(
    cast: Cast, history: History, about: Any, values: dict[str, Any], expected: dict[str, int]
) -> None:
    key = about if isinstance(about, str) else about()
    figures = replayed(cast, {key: values}).figures
    found = {way: s["cases"] for way, s in figures["draft"]["ways"].items()}
    assert found == expected
    assert figures["now"]["ways"]["rule"]["cases"] == 1
    assert bool(figures["differences"]) == (
        found != {"rule": 1, "timer": 1, "person": 4, "nobody": 1}
    )


def test_a_shorter_deadline_is_quicker_and_says_which_cases(cast: Cast, history: History) -> None:
    figures = replayed(cast, {policy(): {"review_hours": 4}}).figures
    assert figures["draft"]["mean_seconds"] < figures["now"]["mean_seconds"]
    assert {(e["now"], e["draft"]) for e in figures["examples"]} == {("person", "timer")}
    assert sum(w["timer"]["cases"] for w in figures["draft"]["weeks"].values()) == 3
    assert set(figures["now"]["weeks"]) == {"2026-W10"}


def test_nothing_else_is_changed_by_it(cast: Cast, history: History) -> None:
    with time_machine.travel(NOW, tick=False):
        before = everything()
        replayed(cast, {"store": {"daily_cap_count": 0}, policy(): {"review_hours": 2}})
        touched = changes(before, set(tables()))
    assert set(touched) == {"refunds_policyreplay", "refunds_historicalpolicyreplay"}


def test_each_step_is_in_its_history(cast: Cast, history: History) -> None:
    replay = replayed(cast)
    versions = replay.history.order_by("history_id")
    assert [(v.state, v.action, v.history_user) for v in versions] == [
        ("waiting", "whatif.ask", cast.manager),
        ("running", "whatif.running", cast.manager),
        ("done", "whatif.done", cast.manager),
    ]


def test_a_chunk_takes_as_many_queries_however_many_cases(cast: Cast, history: History) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            replayed(cast)
        return len(found)

    few = queries()
    for _ in range(6):
        history.case("55.00", (5, "approve"))
    assert queries() <= few  # the person's roles are read once


def test_chunks_give_every_case_once_in_order(
    cast: Cast, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = replayed(cast).figures
    monkeypatch.setattr(past, "CHUNK", 2)
    assert replayed(cast).figures == whole


def waiting(cast: Cast, **more: Any) -> PolicyReplay:
    return ask(
        **{"store_id": cast.a.pk, "since": START.date(), "until": NOW.date(), "title": "Try",
           "changes": {}, "actor": person(cast.manager), **more}
    )  # fmt: skip


def test_a_killed_worker_costs_nothing_but_time(
    cast: Cast, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    replay = waiting(cast)

    def die(*_args: object) -> None:
        raise KeyboardInterrupt

    whole = running._progress
    monkeypatch.setattr(running, "_progress", die)
    with pytest.raises(KeyboardInterrupt):
        carry_on(replay)
    assert PolicyReplay.objects.get(pk=replay.pk).state == "running"
    monkeypatch.setattr(running, "_progress", whole)
    assert look_for_replays() == 1
    assert PolicyReplay.objects.get(pk=replay.pk).state == "done"
    assert look_for_replays() == 0


@pytest.mark.parametrize("killed_at", range(1, 10))
def test_the_next_worker_goes_on_from_what_was_kept_and_counts_the_same(
    cast: Cast, history: History, monkeypatch: pytest.MonkeyPatch, killed_at: int
) -> None:
    """Wherever it was killed: with cases that wait for a photo, for a deadline, and a cap half used."""
    draft = {policy(): {"review_hours": 2}, low_value(): {"most_amount": "45.00"}}
    draft |= {"store": {"daily_cap_count": 2}}
    history.n = 20  # by then the cap has kept a rule from a case, which still waits
    for _ in range(2):
        history.case("33.00", (1, "approve"))
    whole = replayed(cast, draft).figures
    monkeypatch.setattr(past, "CHUNK", 1)
    monkeypatch.setattr(replaying, "KEEP_EVERY", 1)
    with time_machine.travel(NOW, tick=False):
        replay = waiting(cast, changes=draft)
    seen: list[int] = []

    def heard(_replay: PolicyReplay, _key: str, _total: int, n: int) -> None:
        seen.append(n)
        if len(seen) == killed_at:
            raise KeyboardInterrupt

    monkeypatch.setattr(running, "_progress", heard)
    with pytest.raises(KeyboardInterrupt):
        carry_on(replay)
    kept = ReplayCheckpoint.objects.filter(replay=replay).first()
    assert (kept.seen if kept else 0) == killed_at - 1  # its last chunk was not kept
    carry_on(PolicyReplay.objects.get(pk=replay.pk))
    assert seen == [*range(1, killed_at + 1), *range(killed_at, 10)]
    replay = PolicyReplay.objects.get(pk=replay.pk)
    assert (replay.state, replay.figures) == ("done", whole)
    assert not ReplayCheckpoint.objects.exists()
    reasons = [v.history_change_reason for v in replay.history.filter(action="whatif.running")]
    assert reasons.count("The replay goes on from where it had come to.") == (killed_at > 1)


def test_a_worker_that_comes_further_each_time_is_not_given_up(
    cast: Cast, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(past, "CHUNK", 1)
    monkeypatch.setattr(replaying, "KEEP_EVERY", 1)
    monkeypatch.setattr(running, "ATTEMPTS", 1)
    replay, heard = waiting(cast), running._progress

    def break_down(replay: PolicyReplay, key: str, total: int, seen: int) -> None:
        heard(replay, key, total, seen)
        if ReplayCheckpoint.objects.filter(
            replay=replay, seen=seen - 1, last_pk__gt=first
        ).exists():
            raise ZeroDivisionError

    first = 0
    monkeypatch.setattr(running, "_progress", break_down)
    for _ in range(3):
        look_for_replays()
        first = ReplayCheckpoint.objects.get(replay=replay).last_pk
    monkeypatch.setattr(running, "_progress", heard)
    look_for_replays()
    assert PolicyReplay.objects.get(pk=replay.pk).state == "done"


def test_nothing_is_kept_of_what_was_called_off(
    cast: Cast, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(past, "CHUNK", 1)
    monkeypatch.setattr(replaying, "KEEP_EVERY", 1)
    replay, whole = waiting(cast), keeping.keep

    def kept(run: keeping.Run, replay: PolicyReplay) -> None:
        whole(run, replay)
        assert ReplayCheckpoint.objects.filter(replay=replay).exists()
        call_off(replay_id=replay.pk, actor=person(cast.manager))

    monkeypatch.setattr(keeping, "keep", kept)
    carry_on(replay)
    assert PolicyReplay.objects.get(pk=replay.pk).state == "cancelled"
    assert not ReplayCheckpoint.objects.exists()


def test_what_always_fails_is_given_up(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    replay = waiting(cast)

    def break_down(*_args: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(running, "replayed", break_down)
    for _ in range(running.ATTEMPTS + 1):
        look_for_replays()
    replay = PolicyReplay.objects.get(pk=replay.pk)
    assert (replay.state, "could not be finished" in replay.failure) == ("failed", True)


def test_it_can_be_called_off_even_while_it_runs(
    cast: Cast, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    replay = waiting(cast)
    whole = running.replayed

    def called_off(replay: PolicyReplay, progress: Callable[[int], None]) -> dict[str, Any]:
        call_off(replay_id=replay.pk, actor=person(cast.manager))
        return whole(replay, progress)

    monkeypatch.setattr(running, "replayed", called_off)
    carry_on(replay)
    replay = PolicyReplay.objects.get(pk=replay.pk)
    assert (replay.state, replay.figures) == ("cancelled", {})
    with pytest.raises(WrongState):
        call_off(replay_id=replay.pk, actor=person(cast.manager))


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
