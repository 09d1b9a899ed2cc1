"""Runs of imports and exports, each with a problem."""

from datetime import timedelta
from io import BytesIO
from typing import Any

from django.core.files.base import ContentFile

from backoffice.actors import person
from backoffice.audit.recording import recorded
from backoffice.audit.search import saving
from backoffice.audit.search.models import ChangeEntry
from backoffice.clock import now
from backoffice.exporting.models import ExportRun
from backoffice.models import User
from orders.models import ImportProblem, ImportProfile, OrderImport
from refunds.models import RequestImport, RequestProblem, ResultImport, ResultProblem
from refunds.results import bring_result
from tests.access.world.marks import mark


def file_rows(place: str, rows: dict[str, Any], who: dict[str, User]) -> dict[str, Any]:
    def text(model: str) -> str:
        return mark(place, model)

    result = bring_result(
        batch_id=rows["sent"].pk, file=BytesIO(b"number,amount\n" + place.encode()),
        name=text("resultimport"), actor=person(who["finance"]),
    )  # fmt: skip
    with recorded(person(who["manager"]), text("orderimport")):
        orders = OrderImport.objects.create(
            store=rows["store"], profile=ImportProfile.objects.all()[0], uploaded_by=who["manager"],
            file=ContentFile(b"number\n1\n", name="orders.csv"), file_name=text("orderimport"),
            sha256="0" * 64, size=9, state="checked", message=text("orderimport"), counts={"rows": 1},
        )  # fmt: skip
    with recorded(person(who["manager"]), text("requestimport")):
        requests = RequestImport.objects.create(
            store=rows["store"], uploaded_by=who["manager"], file=ContentFile(b"number\n1\n", name="requests.csv"),
            file_name=text("requestimport"), sha256="1" * 64, size=9, state="checked",
            message=text("requestimport"), counts={"rows": 1},
        )  # fmt: skip
    with recorded(person(who["manager"]), text("exportrun")):
        export = ExportRun.objects.create(
            asked_by=who["manager"], asked_at=now(), list_of="orders.order", columns=["number"], format="csv",
            language="en", state="ready", stores=[rows["store"].pk], file_name=text("exportrun"), rows=1,
            query=text("exportrun"), file=ContentFile(text("exportrun").encode(), name="kept.csv"),
            ready_at=now(), expires_at=now() + timedelta(days=7),
        )  # fmt: skip
    with recorded(person(who["finance"]), text("resultimport")):
        held = ResultImport.objects.get(pk=result.pk)
        held.state, held.message = "checked", text("resultimport")
        held.save()
    return {
        "resultimport": held,
        "resultproblem": ResultProblem.objects.create(
            run=held, row=2, message=text("resultproblem")
        ),
        "exportrun": export,
        "savedsearch": saving.keep(
            name=text("savedsearch"),
            query="number=" + text("savedsearch"),
            shared=False,
            actor=person(who["manager"]),
        ),
        "changeentry": ChangeEntry.objects.create(
            model="refunds.refundcase",
            row=rows["refundcase"].pk,
            version=10**9 + rows["refundcase"].pk,
            field="reason_text",
            kind="~",
            number=text("changeentry"),
            store=rows["store"].pk,
            actor=who["staff"],
            actor_name=text("changeentry"),
            source="admin",
            reason=text("changeentry"),
            at=now(),
            before=text("changeentry"),
            after=text("changeentry"),
            request_id="0" * 32,
        ),
        "requestimport": requests,
        "requestproblem": RequestProblem.objects.create(
            run=requests, row=2, message=text("requestproblem")
        ),
        "orderimport": orders,
        "importproblem": ImportProblem.objects.create(
            run=orders, row=2, message=text("importproblem")
        ),
    }
