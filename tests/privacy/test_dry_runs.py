"""What a dry run says is what the real run then does: of retention, and of one erasure."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client

from backoffice.actors import INSTALLER, person, system
from backoffice.audit.recording import recorded
from backoffice.audit.verify import verify
from backoffice.bulk.models import FileRun
from backoffice.clock import now
from backoffice.exceptions import WrongState
from backoffice.privacy import retention
from backoffice.privacy.models import PersonKey
from backoffice.privacy.rules import RetentionPass
from orders import erasing
from orders.models import ImportProblem, ImportProfile, Order, OrderImport
from refunds.batches.files import export
from refunds.batches.handed_out import opened
from refunds.models import Evidence, RefundBatch, RequestImport, StatementImport
from refunds.workflow import perform
from tests.cast import Cast
from tests.personal import plain
from tests.privacy.reading import page
from tests.refunds.factories import make_case, make_order
from tests.refunds.files import photo
from tests.refunds.money import answer, apply, rows_of, sent_batch

LONG_AGO = timedelta(days=4000)


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    cache.clear()


def withdrawn(cast: Cast, *, named: bool = True) -> Order:
    """An order whose only case, with a picture, was withdrawn."""
    order = make_order(cast.a)
    if not named:
        with recorded(system(INSTALLER), "The channel names nobody."):
            order.buyer = None
            order.save()
    case = make_case(order, cast.staff, reason_text="It leaks.")
    perform("attach", case_id=case.pk, actor=person(cast.staff), file=photo())
    perform("withdraw", case_id=case.pk, actor=person(cast.staff))
    return order


def uploaded(cast: Cast, model: type[FileRun], **more: Any) -> Any:
    name = default_storage.save("upload/x", ContentFile(b"Order number\n1\n"))
    values = {"file_name": "x.csv", "sha256": "0" * 64, "size": 15, "state": "refused"}
    with recorded(system(INSTALLER), "A file of long ago."):
        return model._default_manager.create(
            store=cast.a, file=name, uploaded_by=cast.manager, **{**values, **more}
        )


def answered(cast: Cast) -> RefundBatch:
    """A batch that the bank answered in full."""
    batch = sent_batch(cast, "50.00")
    apply(cast, batch, [answer(row) for row in rows_of(batch)])
    return RefundBatch.objects.get(pk=batch.pk)


@pytest.fixture
def everything(cast: Cast) -> OrderImport:
    """Of each thing that a rule is made for: one whose time is over, one that is held back, one that is young."""
    profile = ImportProfile.objects.all()[0]
    with time_machine.travel(now() - LONG_AGO):
        answered(cast)
        sent_batch(cast, "20.00")
        for named in (True, False):
            withdrawn(cast, named=named)
            case = withdrawn(cast, named=named).cases.get()
            perform("complain", case_id=case.pk, actor=person(cast.staff), words="Nobody answers.")
        run = uploaded(cast, OrderImport, profile=profile)
        uploaded(cast, OrderImport, profile=profile, state="checked")
        for model in (RequestImport, StatementImport):
            uploaded(cast, model)
            uploaded(cast, model, state="quarantined")
        ImportProblem.objects.create(
            run=run, row=2, field="buyer", message="“Lin Mei” is too long."
        )
    answered(cast)
    withdrawn(cast)
    return run


def test_a_pass_deletes_exactly_what_the_dry_run_counted(
    cast: Cast, everything: OrderImport
) -> None:
    told = {due.holding.code: (due.due, due.held) for due in retention.dry_run() if due.rule}
    assert all(due > 0 and held > 0 for due, held in told.values() if held), told
    assert {code for code, (due, held) in told.items() if not (due and held)} <= {
        "refunds.resultimport"  # what the bank said was applied, or it is no answer
    }
    assert retention.apply() == {code: due for code, (due, _held) in told.items()}
    after = {due.holding.code: (due.due, due.held) for due in retention.dry_run() if due.rule}
    assert after == {code: (0, held) for code, (_due, held) in told.items()}
    made = {row.rule.what: row.done for row in RetentionPass.objects.all()}
    assert made == {code: due for code, (due, _held) in told.items() if due}
    assert not ImportProblem.objects.filter(run=everything).exists()
    assert verify().findings == []


def test_an_erasure_takes_exactly_what_its_page_counted(client: Client, cast: Cast) -> None:
    with time_machine.travel(now() - timedelta(days=40)):
        order = withdrawn(cast)
    row = erasing.ask(order_id=order.pk, actor=person(cast.platform), reason="By letter.")
    text = page(client, cast.legal, "orders_erasure_change", row.pk)
    assert "The buyer's key, and 1 piece of evidence." in text
    assert (
        "Uploaded files of orders and requests that name the buyer are deleted after that" in text
    )
    assert "Uploaded order files" not in text  # those that name somebody else stay, by their rule
    assert "Uploaded results of the bank" in text
    assert "Files of evidence" not in text  # they go at once
    buyer = row.buyer
    told, alive = erasing.going([buyer]), PersonKey.objects.exclude(wrapped=None)
    before, files = alive.count(), Evidence.objects.exclude(file="").count()
    row = erasing.confirm(erasure_id=row.pk, actor=person(cast.legal))
    gone = (before - alive.count(), files - Evidence.objects.exclude(file="").count())
    assert told == gone == (1, row.files)
    assert erasing.going([buyer]) == (0, 0)
    evidence = Evidence.objects.get()
    assert (evidence.file.name, len(evidence.sha256)) == ("", 64)


def test_what_was_handed_out_to_the_bank_outlives_its_buyer_and_ends_by_its_rule(
    client: Client, cast: Cast
) -> None:
    with time_machine.travel(now() - timedelta(days=40)):
        batch = answered(cast)
    payout, finance = rows_of(batch)[0], person(cast.finance)
    kept, reference = batch.files.get(), plain(payout.destination)
    row = erasing.ask(
        order_id=payout.case.order_id, actor=person(cast.platform), reason="By letter."
    )
    erasing.confirm(erasure_id=row.pk, actor=person(cast.legal))
    assert plain(rows_of(batch)[0].destination) == ""
    again = export(batch_id=batch.pk, actor=finance, file_format=kept.format)
    assert reference.encode() in opened(again)
    with pytest.raises(WrongState, match="were erased"):
        export(batch_id=batch.pk, actor=finance, file_format="xlsx")
    text = page(client, cast.finance, "refunds_refundbatch_change", batch.pk)
    assert "Personal data of somebody in this batch were erased." in text
    versions = bytes(kept.history.get().content)
    with time_machine.travel(now() + LONG_AGO):
        assert retention.apply()["refunds.batchfile"] == 1
        with pytest.raises(WrongState, match="they were deleted"):
            export(batch_id=batch.pk, actor=finance, file_format=kept.format)
        text = page(client, cast.finance, "refunds_refundbatch_change", batch.pk)
        assert "kept is over: they were deleted." in text
    assert bytes(kept.history.get().content) == versions
    assert verify().findings == []
