"""What if: the current policy gives what really happened, a draft gives what would have been."""

from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from refunds.models import RefundCase
from refunds.whatif import past
from tests.access.watch import changes, everything, tables
from tests.cast import Cast
from tests.refunds.whatif.past import NOW, History, low_value, policy, replayed

pytestmark = pytest.mark.once


def ways(tally: dict[str, Any]) -> dict[str, tuple[int, str]]:
    return {way: (s["cases"], s["money"]) for way, s in tally["ways"].items()}


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
