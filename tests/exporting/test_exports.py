"""Exports from the form to the download, and who gets what of them."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from django.utils import translation

from backoffice.actors import INSTALLER, person, system
from backoffice.audit.recording import recorded
from backoffice.bulk.progress import report
from backoffice.clock import now
from backoffice.exceptions import BadInput, NotAllowed, NotFound, WrongState
from backoffice.exporting import asking, running, tables
from backoffice.exporting.models import ExportRun
from backoffice.models import User
from merchants.models import Membership
from orders.models import Order
from tests.cast import Cast, make_cast
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
from tests.refunds.factories import make_case, make_order
from tests.refunds.money import give_role

LIST = "admin:backoffice_exportrun_changelist"


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    cache.clear()


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def table(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.mark.once
def test_a_manager_asks_for_a_list_and_takes_the_file_away(cast: Cast) -> None:
    order = make_order(cast.a, (2, "10.00"))
    client = as_(cast.manager)
    form = client.get(page("orders.order")).content.decode()
    assert "1 orders." in form
    assert "Order number" in form
    run = asked_for(client, "orders.order")
    waiting = client.get(address(run)).content.decode()
    assert f'data-progress-url="{address(run, "progress")}"' in waiting
    assert address(run, "download") not in waiting
    run = written(run)
    assert (run.state, run.rows, run.size) == ("ready", 1, default_storage.size(run.file.name))
    assert address(run, "download") in client.get(address(run)).content.decode()
    answer = client.post(address(run, "download"))
    assert answer["Content-Disposition"] == f'attachment; filename="{run.file_name}"'
    header, row = table(b"".join(answer.streaming_content))
    assert dict(zip(header, row, strict=True))["Order number"] == order.number
    assert dict(zip(header, row, strict=True))["Goods"] == "20.00"
    assert ExportRun.objects.get().state == "downloaded"


@pytest.mark.once
def test_each_step_of_an_export_is_in_its_history(cast: Cast) -> None:
    client = as_(cast.manager)
    exported(client, "orders.order")
    told = ExportRun.objects.get().history.order_by("history_id")
    assert list(told.values_list("state", "history_change_reason", "history_user__username")) == [
        ("asked", "Asked for this list as a file.", "manager"),
        ("running", "The export began.", "manager"),
        ("ready", "The file was made.", "manager"),
        ("downloaded", "Took the file away.", "manager"),
    ]
    assert (
        "Took the file away."
        in client.get(address(ExportRun.objects.get(), "history")).content.decode()
    )


def test_only_the_chosen_columns_and_the_filtered_rows_are_in_the_file(cast: Cast) -> None:
    kept = make_case(make_order(cast.a), cast.staff)
    make_case(make_order(cast.a), cast.staff, kind="return_refund")
    client = as_(cast.manager)
    client.post(
        page("refunds.refundcase", "kind__exact=refund_only"),
        form_of("refunds.refundcase", "csv", "number", "kind"),
    )
    run = written(ExportRun.objects.get())
    content = content_of(run)
    assert table(content) == [["number", "kind"], [kept.number, "refund_only"]]
    assert run.query == "kind__exact=refund_only"


@pytest.mark.once
@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"format": "0", "resource": "0"}, "Select at least 1 field"),
        ({"format": "7", "resource": "0"}, "7 is not one of the available choices"),
        ({}, "Select at least 1 field"),
    ],
)
def test_a_form_that_chooses_nothing_is_refused(cast: Cast, data: Any, sentence: str) -> None:
    answer = as_(cast.manager).post(page("orders.order"), {"x": "1", **data})
    assert answer.status_code == 400
    assert not ExportRun.objects.exists()


@pytest.mark.once
@pytest.mark.parametrize("name", ["staff", "checker", "auditor", "platform", "nobody"])
def test_who_may_not_export_gets_no_form_and_cannot_post_one(cast: Cast, name: str) -> None:
    client = as_(cast.people[name])
    for model in ("orders.order", "refunds.refundcase", "refunds.payout"):
        assert client.get(page(model)).status_code in (302, 403)
        assert client.post(page(model), form_of(model)).status_code in (302, 403)
        with pytest.raises(NotAllowed):
            made_for(cast.people[name], model)
    assert not ExportRun.objects.exists()


@pytest.mark.once
@pytest.mark.parametrize("name", ["change", "history", "progress", "download", "cancel"])
def test_a_colleague_s_export_does_not_exist(cast: Cast, name: str) -> None:
    run = made_for(cast.manager, "orders.order")
    for who in ("manager2", "finance", "staff2"):
        client = as_(cast.people[who])
        missing = address(ExportRun(pk=987_654), name)
        for method in (client.get, client.post):
            answer = method(address(run, name))
            assert answer.status_code == method(missing).status_code
            assert answer.status_code in (404, 405)
    for act in (asking.take, asking.cancel):
        with pytest.raises(NotFound):
            act(run, actor=person(cast.manager2))
    assert ExportRun.objects.get().state == "ready"


@pytest.mark.once
def test_an_auditor_sees_who_exported_what_and_takes_nothing_away(cast: Cast) -> None:
    run = made_for(cast.manager, "orders.order")
    client = as_(cast.auditor)
    assert run.file_name in client.get(reverse(LIST)).content.decode()
    shown = client.get(address(run)).content.decode()
    assert address(run, "download") not in shown
    for name in ("download", "cancel"):
        assert client.post(address(run, name)).status_code == 404
    assert ExportRun.objects.get().state == "ready"


@pytest.mark.once
@pytest.mark.parametrize("name", ["download", "cancel"])
def test_nothing_is_done_by_a_link(cast: Cast, name: str) -> None:
    run = made_for(cast.manager, "orders.order")
    assert as_(cast.manager).get(address(run, name)).status_code == 405
    assert ExportRun.objects.get().state == "ready"


def test_the_file_holds_what_its_owner_may_export_when_it_is_made(cast: Cast) -> None:
    give_role(cast, "manager", "manager", cast.b)
    own, other = make_order(cast.a), make_order(cast.b)
    manager = User.objects.get(username="manager")
    run = asking.ask(
        list_of=Order, query="", columns=["number"], file_format="csv", actor=person(manager)
    )
    assert run.stores == sorted([cast.a.pk, cast.b.pk])
    leave(cast.manager, cast.b)
    content = content_of(written(run)).decode()
    assert own.number in content
    assert other.number not in content


def test_a_store_that_came_later_is_not_in_the_file(cast: Cast) -> None:
    other = make_order(cast.b)
    run = asking.ask(
        list_of=Order, query="", columns=["number"], file_format="csv", actor=person(cast.manager)
    )
    give_role(cast, "manager", "manager", cast.b)
    assert other.number not in content_of(written(run)).decode()


def leave(user: User, store: Any) -> None:
    with recorded(system(INSTALLER), "Left the store."):
        held = Membership.objects.get(user=user, store=store)
        held.active = False
        held.save()


def test_a_file_is_not_handed_out_once_its_owner_left_one_of_its_stores(cast: Cast) -> None:
    give_role(cast, "manager", "manager", cast.b)
    run = made_for(User.objects.get(username="manager"), "orders.order")
    leave(cast.manager, cast.b)
    answer = as_(User.objects.get(username="manager")).post(address(run, "download"))
    assert answer.status_code == 403
    assert "stores where you may not export any more" in answer.content.decode()
    leave(cast.manager, cast.a)
    with pytest.raises(asking.NoLongerYours):
        asking.take(run, actor=person(User.objects.get(username="manager")))
    assert ExportRun.objects.get().state == "ready"


def test_who_may_no_longer_export_gets_no_file_made(cast: Cast) -> None:
    run = asking.ask(
        list_of=Order, query="", columns=["number"], file_format="csv", actor=person(cast.manager)
    )
    leave(cast.manager, cast.a)
    run = written(run)
    assert (run.state, run.message) == ("refused", "Your role does not allow this in this store.")
    assert run.file.name == ""


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
        "step": "Writing the file", "done": 50, "total": 200, "finished": False,
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
