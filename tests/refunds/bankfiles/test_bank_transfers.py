"""A batch of bank transfers: handed out as pain.001, answered with pain.002, and settled."""

import io
import re
from typing import Any

import pytest
from django.core.cache import cache
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse

from backoffice.actors import INSTALLER, person, system
from backoffice.audit.recording import recorded
from backoffice.exceptions import BadInput, WrongState
from merchants.models import Store
from refunds.batches import files
from refunds.batches.building import build
from refunds.batches.files import export
from refunds.batches.handed_out import opened
from refunds.demo.bank import Asked, Bank, Reply
from refunds.models import BatchFile, Payout, RefundBatch
from refunds.payouts.queueing import redirect
from refunds.payouts.routes import Way
from refunds.results import bring_result, confirm_result
from tests.cast import Cast
from tests.flushing import rewrite
from tests.refunds.money import queue_payouts, release, rows_of, sent_batch, step

pytestmark = pytest.mark.once

ACCOUNT = Way("bank", "6222020200112233", "王小明", "102100099996")


@pytest.fixture(autouse=True)
def fresh_cache() -> None:
    """Leases of another test's runs are not ours."""
    cache.clear()


def with_account(store: Store, account: str = "6222020200000417") -> None:
    with recorded(system(INSTALLER), "The store has an account."):
        store.account = account
        store.save()


def by_bank(cast: Cast, *prices: str, way: Way = ACCOUNT) -> RefundBatch:
    """A released batch of transfers of store A."""
    finance = person(cast.finance)
    for payout in queue_payouts(cast.a, cast.staff, *prices):
        redirect(payout_id=payout.pk, way=way, note="The buyer wrote it.", actor=finance)
    batch = build(store_id=cast.a.pk, currency="CNY", actor=finance)
    return release(batch_id=batch.pk, actor=person(cast.checker))


def order(cast: Cast, batch: RefundBatch, part: int = 1) -> bytes:
    kept = export(batch_id=batch.pk, actor=person(cast.finance), file_format="xml", part=part)
    return opened(kept)


def bring(cast: Cast, batch: RefundBatch, content: bytes) -> Any:
    """The run of the bank's message, applied if nothing speaks against it."""
    actor = person(cast.finance)
    run = step(
        bring_result(batch_id=batch.pk, file=io.BytesIO(content), name="answer.xml", actor=actor)
    )
    if run.state != "checked":
        return run
    confirm_result(run_id=run.pk, actor=actor)
    return step(run)


def test_every_download_has_the_same_bytes_and_its_own_record(cast: Cast) -> None:
    with_account(cast.a)
    batch = by_bank(cast, "50.00", "20.00")
    client = Client()
    client.force_login(cast.finance)
    page = reverse("admin:refunds_refundbatch_export", args=[batch.pk, "xml"])
    first, second = client.post(page), client.post(page)

    assert first.content == second.content == opened(BatchFile.objects.get())
    assert first["Content-Disposition"] == f'attachment; filename="{batch.number}.xml"'
    assert first["Content-Type"] == "application/xml; charset=utf-8"
    downloads = batch.history.filter(action="download")
    assert [row.history_user for row in downloads] == [cast.finance] * 2
    assert {row.history_change_reason for row in downloads} == {
        "Handed out for the bank as pain.001."
    }
    assert RefundBatch.objects.get(pk=batch.pk).state == "sent"
    bank = Bank(first.content)
    assert (bank.number, bank.count, bank.total) == (batch.number, "2", "70.00")
    assert {asked.number for asked in bank.asked} == {row.number for row in rows_of(batch)}
    assert "6222020200000417" in bank.account


def test_only_bank_transfers_are_offered_and_handed_out_as_pain_001(cast: Cast) -> None:
    with_account(cast.a)
    other, transfers = sent_batch(cast, "5.00"), by_bank(cast, "50.00")
    with pytest.raises(WrongState, match="bank transfers only"):
        order(cast, other)
    client = Client()
    client.force_login(cast.finance)
    for batch, offered in ((other, False), (transfers, True)):
        answer = client.get(reverse("admin:refunds_refundbatch_change", args=[batch.pk]))
        assert (b"Download pain.001" in answer.content) is offered


def test_a_transfer_without_a_bank_code_is_refused_before_it_is_sealed(cast: Cast) -> None:
    """One from before it was asked for when the account is written down."""
    with_account(cast.a)
    (payout,) = queue_payouts(cast.a, cast.staff, "50.00")
    redirect(payout_id=payout.pk, way=ACCOUNT, note="Theirs.", actor=person(cast.finance))
    rewrite(QuerySet(Payout), bank_code="")
    with pytest.raises(BadInput, match="BIC or CNAPS code is needed") as refusal:
        build(store_id=cast.a.pk, currency="CNY", actor=person(cast.finance))
    payout = Payout.objects.get()
    assert str(refusal.value).startswith(f"Payout {payout.number}: ")
    assert (payout.state, payout.batch) == ("queued", None)


@pytest.mark.parametrize(
    ("account", "sentence"), [("", "no payout account"), ("12-3", "neither an IBAN nor 5 to 34")]
)
def test_transfers_of_a_store_without_an_account_are_not_sealed(
    cast: Cast, account: str, sentence: str
) -> None:
    with_account(cast.a, account)
    with pytest.raises(BadInput, match=sentence):
        by_bank(cast, "50.00")
    assert (Payout.objects.get().state, RefundBatch.objects.count()) == ("queued", 0)
    client = Client()
    client.force_login(cast.finance)
    page = reverse("admin:refunds_refundbatch_build")
    answer = client.get(page, {"store": cast.a.pk, "currency": "CNY", "method": "bank"})
    assert ("no payout account" in answer.content.decode()) is (account == "")

    finance = person(cast.finance)
    draft = build(store_id=cast.a.pk, currency="CNY", actor=finance, draft=True)
    seal = reverse("admin:refunds_refundbatch_do", args=[draft.pk, "seal"])
    refused = client.post(seal)
    assert (refused.status_code, sentence in refused.content.decode()) == (400, True)
    assert RefundBatch.objects.get().state == "draft"
    with_account(cast.a)
    assert client.post(seal).status_code == 302
    batch = RefundBatch.objects.get()
    assert (batch.state, batch.account) == ("sealed", "6222020200000417")


def test_original_routes_are_sealed_without_an_account(cast: Cast) -> None:
    with_account(cast.a, "")
    assert sent_batch(cast, "5.00").state == "sent"


def test_what_the_bank_says_of_each_payout_is_applied(cast: Cast) -> None:
    with_account(cast.a)
    batch = by_bank(cast, "50.00", "20.00", "7.00")
    bank = Bank(order(cast, batch))
    good, bad, late = rows_of(batch)
    replies = {
        good.number: Reply(),
        bad.number: Reply("RJCT", "AC04", "Closed in May"),
        late.number: Reply("PDNG"),
    }

    def reply(asked: Asked) -> Reply:
        return replies[asked.number]

    run = bring(cast, batch, bank.report(reply))
    assert run.state == "applied", (run.message, list(run.problems.values_list("message")))
    good, bad, late = rows_of(batch)
    assert (good.state, good.case.state) == ("settled", "refunded")
    assert (bad.state, bad.bank_reason) == ("failed", "AC04: the account is closed – Closed in May")
    assert (late.state, late.case.state) == ("sent", "reviewed")


def test_a_batch_is_acknowledged_as_a_whole_and_settled_by_the_statement(cast: Cast) -> None:
    with_account(cast.a)
    batch = by_bank(cast, "50.00", "20.00")
    bank = Bank(order(cast, batch))
    assert bring(cast, batch, bank.acknowledge()).state == "applied"
    assert RefundBatch.objects.get(pk=batch.pk).state == "acknowledged"
    assert {row.state for row in rows_of(batch)} == {"sent"}
    assert bring(cast, batch, bank.statement()).state == "applied"
    assert {row.case.state for row in rows_of(batch)} == {"refunded"}
    assert RefundBatch.objects.get(pk=batch.pk).state == "reconciled"


def without_amounts(content: bytes) -> bytes:
    """The report of a bank that repeats nothing of what was asked."""
    return re.sub(rb"<OrgnlTxRef>.*?</OrgnlTxRef>", b"", content, flags=re.DOTALL)


@pytest.mark.parametrize("said_of", ["transaction", "payment", "group"])
def test_a_report_without_amounts_is_about_the_payouts_that_it_names(
    cast: Cast, said_of: str
) -> None:
    with_account(cast.a)
    batch = by_bank(cast, "50.00", "20.00")
    content = without_amounts(Bank(order(cast, batch)).report())
    assert b"InstdAmt" not in content
    if said_of != "transaction":  # a status above is that of every transaction below it
        content = content.replace(b"<TxSts>ACSC</TxSts>", b"")
    if said_of == "payment":
        inside = b"</OrgnlPmtInfId>"
        content = content.replace(b"<GrpSts>ACSC</GrpSts>", b"<GrpSts>PART</GrpSts>")
        content = content.replace(inside, inside + b"<PmtInfSts>ACSC</PmtInfSts>")
    run = bring(cast, batch, content)
    assert run.state == "applied", (run.message, list(run.problems.values_list("message")))
    assert {row.case.state for row in rows_of(batch)} == {"refunded"}
    assert run.counts["rows"] == 2


def test_a_report_without_amounts_about_a_stranger_changes_nothing(cast: Cast) -> None:
    with_account(cast.a)
    batch = by_bank(cast, "50.00", "20.00")
    first = rows_of(batch)[0].number.encode()
    content = without_amounts(Bank(order(cast, batch)).report())
    run = bring(cast, batch, content.replace(first, b"PO-STRAN-GER00"))
    assert run.state == "quarantined"
    assert list(run.problems.values_list("field", "message")) == [
        ("number", f"There is no payout PO-STRAN-GER00 in any batch of {cast.a}.")
    ]
    assert {row.state for row in rows_of(batch)} == {"sent"}


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ((b"<OrgnlMsgId>RB-", b"<OrgnlMsgId>XX-"), "There is no batch"),
        ((b"<OrgnlCtrlSum>70.00", b"<OrgnlCtrlSum>71.00"), "control total"),
        ((b">20.00</InstdAmt>", b">20.01</InstdAmt>"), "20.01"),
        ((b">20.00</InstdAmt>", b">20.001</InstdAmt>"), "decimals"),
        ((b'Ccy="CNY">20.00', b'Ccy="USD">20.00'), "USD"),
        ((b"<Id>6222020200112233</Id>", b"<Id>6222020200119999</Id>"), "destination"),
    ],
)
def test_a_report_that_does_not_fit_changes_nothing(
    cast: Cast, wrong: tuple[bytes, bytes], word: str
) -> None:
    with_account(cast.a)
    batch = by_bank(cast, "50.00", "20.00")
    content = Bank(order(cast, batch)).report()
    assert wrong[0] in content
    run = bring(cast, batch, content.replace(*wrong))
    said = " ".join([run.message, *run.problems.values_list("field", flat=True)])
    said += " ".join(run.problems.values_list("message", flat=True))
    assert word in said
    assert {row.state for row in rows_of(batch)} == {"sent"}


def test_a_large_batch_has_several_files_that_are_answered_by_themselves(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LINES", 2)
    with_account(cast.a)
    batch = by_bank(cast, "50.00", "20.00", "7.00")
    banks = [Bank(order(cast, batch, part)) for part in (1, 2)]
    assert [(bank.number, bank.count) for bank in banks] == [
        (f"{batch.number}-1", "2"),
        (f"{batch.number}-2", "1"),
    ]
    assert bring(cast, batch, banks[1].report()).state == "applied"
    assert [row.state for row in rows_of(batch)] == ["sent", "sent", "settled"]
    assert bring(cast, batch, banks[0].report()).state == "applied"
    assert RefundBatch.objects.get(pk=batch.pk).state == "reconciled"
