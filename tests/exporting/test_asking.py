"""A list is asked for as a file, by those who may, and each step is in its history."""

from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.urls import reverse

from backoffice.actors import person
from backoffice.exceptions import NotAllowed, NotFound
from backoffice.exporting import asking
from backoffice.exporting.models import ExportRun
from tests.cast import Cast
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
from tests.refunds.factories import make_case, make_order

LIST = "admin:backoffice_exportrun_changelist"


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
