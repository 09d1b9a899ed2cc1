"""A replay outlives its workers, gives up in the end, and can be called off."""

from collections.abc import Callable
from typing import Any

import pytest
import time_machine

from backoffice.actors import person
from backoffice.exceptions import WrongState
from refunds.models import PolicyReplay, ReplayCheckpoint
from refunds.whatif import keeping, past, replaying, running
from refunds.whatif.asking import call_off
from refunds.whatif.running import carry_on, look_for_replays
from tests.cast import Cast
from tests.refunds.whatif.past import NOW, History, low_value, policy, replayed, waiting

pytestmark = pytest.mark.once


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
