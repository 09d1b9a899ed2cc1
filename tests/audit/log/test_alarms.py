"""What is wrong with history is an alarm: raised once, told to whoever has to know, and over when it is over."""

from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.conf import LazySettings
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import translation

from backoffice.actors import TIMER, system
from backoffice.audit.log import sealing, ticking
from backoffice.audit.log.models import LogAlarm, Verification
from backoffice.audit.log.notes import SigningKey
from backoffice.audit.log.running import begin, carry_on
from backoffice.audit.log.standing import covered_until, health
from backoffice.audit.log.ticking import TROUBLE, seal_at_tick
from backoffice.audit.log.watching import watch
from backoffice.clock import now
from tests.audit.log.sealed import add_suppliers, rename
from tests.audit.log.tampering import sql
from tests.cast import Cast
from tests.flushing import unguarded

pytestmark = [pytest.mark.once, pytest.mark.django_db]


def verified(*, only_new: bool = False) -> Verification:
    run = begin(actor=system(TIMER), only_new=only_new, reason="It was time.")
    carry_on(run)
    return Verification.objects.get(pk=run.pk)


def name_store(cast: Cast, name: str, store: str = "a") -> None:
    """Write a store's name past history."""
    with unguarded():
        sql("UPDATE merchants_store SET name = %s WHERE id = %s", name, getattr(cast, store).pk)


def standing() -> list[tuple[str, str]]:
    alarms = LogAlarm.objects.filter(gone_at=None).order_by("pk")
    return list(alarms.values_list("kind", "about"))


def test_what_a_verification_finds_is_one_alarm_until_it_holds_again(cast: Cast) -> None:
    seal_at_tick()
    name_store(cast, "Forged")
    first = verified()
    assert (first.state, first.found, standing()) == ("broken", 1, [("broken", str(first.pk))])
    assert verified().state == "broken"
    assert standing() == [("broken", str(first.pk))]  # the same again is no news
    name_store(cast, "Forged too", "b")
    third = verified()
    assert standing() == [("broken", str(third.pk))]  # it tells of both
    name_store(cast, cast.a.name)
    fourth = verified()
    assert standing() == [("broken", str(third.pk))]  # and it found one of them again
    name_store(cast, cast.b.name, "b")
    assert (fourth.found, verified().state, standing()) == (1, "holds", [])
    versions = LogAlarm.objects.earliest("pk").history.order_by("pk")
    assert [(version.actor_name, version.history_change_reason) for version in versions] == [
        ("timer", "Something about history needs a person."),
        ("timer", "What the alarm told of is over."),
    ]


def test_a_verification_of_what_is_new_does_not_end_what_one_of_everything_found(
    cast: Cast,
) -> None:
    seal_at_tick()
    assert verified().state == "holds"
    name_store(cast, "Forged", "b")
    found = verified()
    rename(cast)
    seal_at_tick()
    assert (verified(only_new=True).state, standing()) == ("holds", [("broken", str(found.pk))])


def test_of_two_alarms_the_one_ends_that_is_not_found_any_more(cast: Cast) -> None:
    seal_at_tick()
    assert verified().state == "holds"
    name_store(cast, "Forged", "b")
    first = verified()
    rename(cast)
    name_store(cast, "Forged too")
    seal_at_tick()
    second = verified(only_new=True)
    assert standing() == [("broken", str(first.pk)), ("broken", str(second.pk))]
    name_store(cast, "Renamed")
    assert (verified().found, standing()) == (1, [("broken", str(first.pk))])


def test_an_alarm_is_told_to_auditors_in_their_language_and_to_who_watches(
    cast: Cast, client: Client
) -> None:
    seal_at_tick()
    name_store(cast, "Forged")
    run = verified()
    alarm = LogAlarm.objects.get()
    assert client.get("/healthz").json()["history_log"] == "broken"
    pages = ["admin:index", "admin:backoffice_verification_changelist"]
    one = reverse("admin:backoffice_logalarm_change", args=[alarm.pk])
    for who, sees in (("auditor", True), ("platform", True), ("manager", False)):
        client.force_login(getattr(cast, who))
        told = [one in client.get(reverse(page)).content.decode() for page in pages]
        assert told == [sees, sees], who
    client.force_login(cast.auditor)
    assert f"look at verification {run.pk}" in client.get(one).content.decode()
    found = client.get(reverse("admin:backoffice_verification_change", args=[run.pk]))
    assert "differs from its last version in name" in found.content.decode()
    history = reverse("admin:merchants_store_history", args=[cast.a.pk])
    assert history in found.content.decode()
    client.cookies["django_language"] = "zh-hans"
    with translation.override("zh-hans"):
        assert str(alarm) in client.get(one).content.decode()
    found = client.get(reverse("admin:backoffice_verification_change", args=[run.pk]))
    assert "differs" not in found.content.decode()


def test_an_alarm_is_mailed_once_and_again_where_the_post_was_away(
    cast: Cast, settings: LazySettings
) -> None:
    settings.AUDIT_ALARM_MAIL = ["auditor@example.com"]
    working, settings.EMAIL_BACKEND = (
        settings.EMAIL_BACKEND,
        "django.core.mail.backends.smtp.EmailBackend",
    )
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9  # where nobody listens
    seal_at_tick()
    name_store(cast, "Forged")
    run = verified()
    watch()
    assert LogAlarm.objects.get().mailed_at is None
    settings.EMAIL_BACKEND = working
    watch()
    assert mail.outbox == []  # a server that failed has five minutes
    cache.delete("alarms-wait")
    watch()
    watch()
    [sent] = mail.outbox
    told = [
        f"History does not hold: look at verification {run.pk}.",
        f"历史记录不相符：请查看核验{run.pk}。",
    ]
    assert (sent.to, sent.body.splitlines()) == (["auditor@example.com"], told)


def test_an_alarm_of_long_ago_that_is_over_is_not_mailed(
    cast: Cast, settings: LazySettings
) -> None:
    with time_machine.travel(now() - timedelta(days=3), tick=False):
        seal_at_tick()
        name_store(cast, "Forged")
        verified()
        name_store(cast, cast.a.name)
        verified()
    settings.AUDIT_ALARM_MAIL = ["auditor@example.com"]
    watch()  # and nobody sealed or verified since
    assert all("does not hold" not in sent.body for sent in mail.outbox)
    assert len(mail.outbox) == 2


def test_rows_that_wait_too_long_for_their_checkpoint_are_an_alarm(cast: Cast) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        seal_at_tick()
        watch()
        assert (standing(), covered_until()) == ([], now())
        clock.shift(timedelta(seconds=121))  # in which no sequencer came
        watch()
        assert (standing(), health()) == ([("late", "")], "late")
        seal_at_tick()
        watch()
        assert (standing(), health()) == ([], "ok")


def test_a_sequencer_that_never_came_is_noticed(cast: Cast) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        watch()
        clock.shift(timedelta(seconds=121))
        watch()
        assert standing() == [("late", "")]


def test_after_an_outage_everything_is_covered_once_the_backlog_is_sealed(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each turn signs what it sealed; none says “all” before it is."""
    add_suppliers(cast, 60)
    monkeypatch.setattr(ticking, "BUDGET", 0)
    monkeypatch.setattr(sealing, "CHUNK", 25)
    monkeypatch.setattr(sealing, "SQLITE_CHUNK", 25)
    with time_machine.travel(now(), tick=False) as clock:
        sizes = []
        while covered_until() is None:
            seal_at_tick()
            sizes.append(ticking.checkpoints.signed_size())
            clock.shift(timedelta(seconds=5))
        assert len(sizes) > 3
        assert sizes == sorted(sizes)
        assert covered_until() == now() - timedelta(seconds=5)


def test_rows_that_are_sealed_and_not_signed_are_not_covered(
    cast: Cast, settings: LazySettings
) -> None:
    settings.AUDIT_CHECKPOINT_SECONDS = 30
    with time_machine.travel(now(), tick=False) as clock:
        seal_at_tick()
        begun = now()
        clock.shift(timedelta(seconds=5))
        rename(cast)
        seal_at_tick()
        assert covered_until() == begun
        clock.shift(timedelta(seconds=25))
        seal_at_tick()
        assert covered_until() == now()


def test_a_checkpoint_of_a_clock_that_was_ahead_keeps_no_other_back(
    cast: Cast, settings: LazySettings
) -> None:
    settings.AUDIT_CHECKPOINT_SECONDS = 30
    at = now()
    with time_machine.travel(at + timedelta(days=1), tick=False):
        seal_at_tick()
    with time_machine.travel(at, tick=False):
        rename(cast)
        seal_at_tick()
        assert covered_until() == at


def test_a_fork_an_anchor_that_takes_nothing_and_an_idle_verifier_are_alarms(
    cast: Cast, settings: LazySettings
) -> None:
    away = settings.AUDIT_ANCHORS[1]
    Path(away.removeprefix("file:")).write_text("A file where the folder should be.")
    with time_machine.travel(now(), tick=False) as clock:
        seal_at_tick()
        run = verified()
        watch()
        assert (run.state, standing()) == ("unclear", [("unclear", str(run.pk))])
        clock.shift(timedelta(days=2, minutes=1))
        settings.AUDIT_SIGNING_KEYS = [SigningKey.new("desk.example.com/history").written()]
        seal_at_tick()
        watch()
        assert {*standing()[1:]} == {
            ("forked", ""),
            ("late", ""),
            ("anchor", away),
            ("overdue", ""),
        }
        cache.delete(TROUBLE)
        watch()
        assert ("forked", "") not in standing()


def test_an_anchor_that_is_away_is_told_once_and_ends_when_it_can_be_read(
    cast: Cast, settings: LazySettings
) -> None:
    seal_at_tick()
    settings.AUDIT_ANCHORS = [*settings.AUDIT_ANCHORS, "http://127.0.0.1:9/history"]
    first = verified()
    assert (first.state, verified().state) == ("unclear", "unclear")
    assert standing() == [("unclear", str(first.pk))]
    settings.AUDIT_ANCHORS = settings.AUDIT_ANCHORS[:2]
    assert (verified().state, standing()) == ("holds", [])


def test_a_verification_that_is_given_up_is_an_alarm(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    seal_at_tick()
    monkeypatch.setattr("backoffice.audit.log.running.ATTEMPTS", 0)
    run = verified()
    assert standing() == [("failed", str(run.pk))]
    monkeypatch.undo()
    assert (verified().state, standing()) == ("holds", [])
