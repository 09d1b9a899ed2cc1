"""Files are made in the background: once, whoever dies, and kept for a while."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.utils import translation

from backoffice.actors import INSTALLER, person, system
from backoffice.audit.recording import recorded
from backoffice.bulk.progress import report
from backoffice.clock import now
from backoffice.exceptions import BadInput, WrongState
from backoffice.exporting import asking, running, tables
from backoffice.exporting.models import ExportRun
from orders.models import Order
from tests.cast import Cast, make_cast
from tests.exporting.lists import as_, table
from tests.exporting.taking import (
    address,
    asked_for,
    content_of,
    exported,
    form_of,
    made_for,
    page,
    written,
)
from tests.refunds.factories import make_order


def test_an_export_that_was_called_off_keeps_no_file(cast: Cast) -> None:
    run = asking.ask(
        list_of=Order, query="", columns=["number"], file_format="csv", actor=person(cast.manager)
    )
    client = as_(cast.manager)
    assert client.post(address(run, "cancel")).status_code == 302
    assert written(run).state == "cancelled"
    with pytest.raises(WrongState):
        asking.take(run, actor=person(cast.manager))
    answer = client.post(address(run, "download"), follow=True)
    assert "This file is no longer kept." in answer.content.decode()
    answer = client.post(address(run, "cancel"), follow=True)
    assert "This export is over already." in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_file_is_deleted_when_it_is_thrown_away_or_its_time_is_over() -> None:
    cast = make_cast()
    thrown, old, fresh = (made_for(cast.manager, "orders.order") for _ in range(3))
    asking.cancel(thrown, actor=person(cast.manager))
    assert not default_storage.exists(thrown.file.name)
    with recorded(system(INSTALLER), "Time passes."):
        old.expires_at = now() - timedelta(seconds=1)
        old.save()
    with pytest.raises(WrongState):
        asking.take(old, actor=person(cast.manager))
    running.look_for_exports()
    ended = ExportRun.objects.get(pk=old.pk)
    assert (ended.state, ended.history.latest("history_id").actor_name) == ("expired", "timer")
    assert not default_storage.exists(old.file.name)
    assert default_storage.exists(fresh.file.name)


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_dies_half_way_leaves_an_export_that_the_next_one_makes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cast = make_cast()
    make_order(cast.a)
    whole = tables.WRITERS["csv"]

    def die(file: Any, *args: Any) -> int:
        file.write(b"half")
        raise KeyboardInterrupt

    monkeypatch.setitem(tables.WRITERS, "csv", die)
    run = asking.ask(
        list_of=Order, query="", columns=["number"], file_format="csv", actor=person(cast.manager)
    )
    with pytest.raises(KeyboardInterrupt):
        running.carry_on(run)
    half = ExportRun.objects.get()
    assert (half.state, content_of(half)) == ("running", b"half")
    with pytest.raises(WrongState):
        asking.take(half, actor=person(cast.manager))
    monkeypatch.setitem(tables.WRITERS, "csv", whole)
    assert running.look_for_exports() == 1
    made = ExportRun.objects.get()
    assert (made.state, made.rows) == ("ready", 1)
    assert not default_storage.exists(half.file.name)


@pytest.mark.django_db(transaction=True)
def test_an_export_that_always_fails_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*args: Any) -> int:
        raise RuntimeError("a defect")

    monkeypatch.setitem(tables.WRITERS, "csv", die)
    made_for(make_cast().manager, "orders.order")
    for _ in range(running.ATTEMPTS):
        running.look_for_exports()
    run = ExportRun.objects.get()
    assert run.state == "refused"
    assert run.message.startswith("This file could not be made.")
    assert run.file.name == ""


def test_calling_off_while_the_file_is_written_ends_the_writing(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        make_order(cast.a)
    monkeypatch.setattr(tables, "BLOCK", 1)
    run = asking.ask(
        list_of=Order, query="", columns=["number"], file_format="csv", actor=person(cast.manager)
    )
    begun = running._begin(run)
    asking.cancel(begun, actor=person(cast.manager))
    with pytest.raises(running.CalledOff):
        running._make(begun, running.key_of(begun))
    running._finish(begun, {"rows": 1})
    assert ExportRun.objects.get().state == "cancelled"


def test_nobody_fills_the_queue_alone(cast: Cast) -> None:
    for _ in range(asking.AT_ONCE):
        asked_for(as_(cast.manager), "orders.order")
    with pytest.raises(BadInput, match="5 of your exports are waiting"):
        made_for(cast.manager, "orders.order")
    answer = as_(cast.manager).post(page("orders.order"), form_of("orders.order"))
    assert answer.status_code == 400


@pytest.mark.once
def test_headings_come_in_the_language_of_who_asked(cast: Cast) -> None:
    client = as_(cast.manager)
    client.cookies["django_language"] = "zh-hans"
    with translation.override("en"):  # what a request switches to stays in this thread
        header, *_rows = table(exported(client, "orders.order"))
    assert header[0] == "订单号"


@pytest.mark.once
def test_progress_is_told_as_figures(cast: Cast) -> None:
    run = asked_for(as_(cast.manager), "orders.order")
    report(running.key_of(run), step=running.STEP, done=50, total=200)
    client = as_(cast.manager)
    assert client.get(address(run, "progress")).json() == {
        "state": "Waiting", "step": "Writing the file", "done": 50, "total": 200, "finished": False,
    }  # fmt: skip
    written(run)
    assert client.get(address(run, "progress")).json()["finished"] is True


def test_an_export_is_made_once_however_often_it_is_looked_at(cast: Cast) -> None:
    run = made_for(cast.manager, "orders.order")
    versions = run.history.count()
    running.carry_on(ExportRun(pk=run.pk, state="asked", language="en", asked_by=cast.manager))
    assert running.look_for_exports() == 0
    assert ExportRun.objects.get().history.count() == versions


@pytest.mark.once
def test_a_file_is_kept_for_seven_days(cast: Cast) -> None:
    run = made_for(cast.manager, "orders.order")
    with time_machine.travel(now() + timedelta(days=6, hours=23)):
        assert asking.take(run, actor=person(cast.manager)).downloads == 1
    with time_machine.travel(now() + timedelta(days=7, hours=1)), pytest.raises(WrongState):
        asking.take(run, actor=person(cast.manager))
