"""Batches: sealed by one person, released by another, handed out with the same bytes for ever."""

import hashlib
import io
from decimal import Decimal

import openpyxl
import pytest
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from backoffice.actors import person
from backoffice.audit.recording import recorded
from backoffice.exceptions import BackofficeError, BadInput, NotAllowed, NotFound, WrongState
from backoffice.models import User
from backoffice.privacy.keys import seal
from refunds.batches.building import build, void
from refunds.batches.files import export
from refunds.batches.handed_out import opened
from refunds.models import BatchFile, Payout, RefundBatch
from tests.cast import Cast
from tests.flushing import rewrite
from tests.personal import plain
from tests.refunds.money import give_role, queue_payouts, release, rows_of, sealed_batch, sent_batch


def test_finance_seals_what_is_queued_oldest_first(cast: Cast) -> None:
    queue_payouts(cast.a, cast.staff, "50.00", "20.00")
    batch = build(
        store_id=cast.a.pk, currency="CNY", actor=person(cast.finance), note="Morning run."
    )

    payouts = rows_of(batch)
    lines = [
        f'["{p.number}","{p.amount}","CNY","original","card","{plain(p.destination)}","",""]\n'
        for p in payouts
    ]
    text = "".join(sorted(lines))
    assert (batch.count, batch.total, batch.account) == (2, Decimal("70.00"), "ACCT-A")
    assert batch.sha256 == hashlib.sha256(text.encode()).hexdigest()
    version = batch.history.get()
    assert (version.history_user, version.history_change_reason) == (cast.finance, "Morning run.")
    for payout in payouts:
        assert (payout.state, payout.history.latest().history_user) == ("queued", cast.finance)


def test_a_batch_takes_the_oldest_up_to_its_limit(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = queue_payouts(cast.a, cast.staff, "1.00", "2.00", "3.00")
    monkeypatch.setattr("refunds.batches.building.LIMIT", 2)
    batch = build(store_id=cast.a.pk, currency="CNY", actor=person(cast.finance))
    assert rows_of(batch) == [first, second]
    with pytest.raises(BadInput, match="at most 2"):
        build(
            store_id=cast.a.pk,
            currency="CNY",
            actor=person(cast.finance),
            payout_ids=[first.pk, second.pk, third.pk],
        )


def test_a_chosen_batch_holds_what_was_chosen_or_is_refused(cast: Cast) -> None:
    first, second = queue_payouts(cast.a, cast.staff, "1.00", "2.00")
    finance = person(cast.finance)
    batch = build(store_id=cast.a.pk, currency="CNY", actor=finance, payout_ids=[second.pk])
    assert rows_of(batch) == [second]
    with pytest.raises(WrongState, match="1 of the chosen"):
        build(store_id=cast.a.pk, currency="CNY", actor=finance, payout_ids=[first.pk, second.pk])
    with pytest.raises(BadInput, match="at least one"):
        build(store_id=cast.a.pk, currency="CNY", actor=finance, payout_ids=[])
    with pytest.raises(WrongState, match="USD"):
        build(store_id=cast.a.pk, currency="USD", actor=finance)
    assert Payout.objects.get(pk=first.pk).batch is None


def test_payouts_of_another_store_cannot_be_chosen(cast: Cast) -> None:
    (foreign,) = queue_payouts(cast.b, cast.staff2)
    with pytest.raises(WrongState):
        build(
            store_id=cast.a.pk, currency="CNY", actor=person(cast.finance), payout_ids=[foreign.pk]
        )
    with pytest.raises(NotFound):
        build(store_id=cast.b.pk, currency="CNY", actor=person(cast.finance))
    assert not RefundBatch.objects.exists()


@pytest.mark.parametrize("name", ["staff", "manager", "checker", "auditor", "platform"])
def test_only_finance_builds_and_exports(cast: Cast, name: str) -> None:
    batch = sent_batch(cast)
    queue_payouts(cast.a, cast.staff)
    actor = person(getattr(cast, name))
    with pytest.raises((NotAllowed, NotFound)):
        build(store_id=cast.a.pk, currency="CNY", actor=actor)
    with pytest.raises((NotAllowed, NotFound)):
        export(batch_id=batch.pk, actor=actor, file_format="csv")


def test_a_second_person_releases_and_the_payouts_are_approved(cast: Cast) -> None:
    batch = sealed_batch(cast, "50.00", "20.00")
    release(batch_id=batch.pk, actor=person(cast.checker), note="Looked at every line.")
    batch = RefundBatch.objects.get(pk=batch.pk)
    assert (batch.state, batch.checker) == ("released", cast.checker)
    assert batch.released_at is not None
    version = batch.history.latest()
    assert (version.history_user, version.history_change_reason, version.action) == (
        cast.checker,
        "Looked at every line.",
        "release",
    )
    for payout in rows_of(batch):
        assert (payout.state, payout.history.count()) == ("approved", 3)
        assert payout.history.latest().history_user == cast.checker
    with pytest.raises(WrongState, match="Released"):
        release(batch_id=batch.pk, actor=person(cast.checker))


def test_nobody_releases_what_they_built(cast: Cast) -> None:
    give_role(cast, "finance", "checker")
    batch = sealed_batch(cast)
    with pytest.raises(NotAllowed, match="You built this batch"):
        release(batch_id=batch.pk, actor=person(cast.finance))
    with pytest.raises(IntegrityError, match="checker_is_not_maker"), transaction.atomic():
        QuerySet(RefundBatch).filter(pk=batch.pk).update(checker=cast.finance)
    with pytest.raises(IntegrityError, match="released_by_someone"), transaction.atomic():
        QuerySet(RefundBatch).filter(pk=batch.pk).update(state="released")
    assert RefundBatch.objects.get(pk=batch.pk).history.count() == 1


@pytest.mark.parametrize(
    "change", [{"amount": Decimal("50.01")}, {"destination": "PAY-X"}, {"batch": None}]
)
def test_a_batch_that_changed_since_it_was_sealed_is_not_released(cast: Cast, change: dict) -> None:
    batch = sealed_batch(cast, "50.00", "20.00")
    first = rows_of(batch)[0]
    if "destination" in change:
        change = {"destination": seal(change["destination"], first.data_subject)}
    rewrite(QuerySet(Payout).filter(pk=first.pk), **change)
    with pytest.raises(WrongState, match="not what was sealed"):
        release(batch_id=batch.pk, actor=person(cast.checker))
    assert set(Payout.objects.values_list("state", flat=True)) == {"queued"}


def test_a_batch_that_was_made_void_frees_its_payouts(cast: Cast) -> None:
    batch = sealed_batch(cast, "50.00")
    (payout,) = rows_of(batch)
    void(batch_id=batch.pk, actor=person(cast.checker), note="Wrong day.")
    payout = Payout.objects.get(pk=payout.pk)
    assert (payout.state, payout.batch) == ("queued", None)
    assert batch.history.latest().history_change_reason == "Wrong day."
    assert payout.history.latest().action == "void"
    assert "Wrong day." not in payout.history.values_list("history_change_reason", flat=True)
    again = build(store_id=cast.a.pk, currency="CNY", actor=person(cast.finance))
    assert rows_of(again) == [payout]
    with pytest.raises(WrongState, match="Void"):
        release(batch_id=batch.pk, actor=person(cast.checker))


def test_what_was_released_is_not_made_void(cast: Cast) -> None:
    batch = sealed_batch(cast)
    release(batch_id=batch.pk, actor=person(cast.checker))
    with pytest.raises(WrongState):
        void(batch_id=batch.pk, actor=person(cast.finance))


def test_an_unreleased_batch_is_not_handed_out(cast: Cast) -> None:
    batch = sealed_batch(cast)
    with pytest.raises(WrongState, match="Waiting for release"):
        export(batch_id=batch.pk, actor=person(cast.finance), file_format="csv")
    with pytest.raises(BadInput):
        export(batch_id=batch.pk, actor=person(cast.finance), file_format="html")
    assert not BatchFile.objects.exists()


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_every_download_gives_the_same_bytes_and_is_on_record(cast: Cast, file_format: str) -> None:
    batch = sealed_batch(cast, "50.00", "20.00")
    release(batch_id=batch.pk, actor=person(cast.checker))
    finance = person(cast.finance)
    first = opened(export(batch_id=batch.pk, actor=finance, file_format=file_format))
    assert {p.state for p in rows_of(batch)} == {"sent"}
    with recorded(finance, "A test changes what the file would show."):
        order = rows_of(batch)[0].case.order
        order.number = "CHANGED"
        order.save()
    again = opened(export(batch_id=batch.pk, actor=finance, file_format=file_format))
    assert again == first
    downloads = batch.history.filter(action="download", history_user=cast.finance)
    assert (downloads.count(), BatchFile.objects.count()) == (2, 1)
    assert RefundBatch.objects.get(pk=batch.pk).state == "sent"


def test_a_stored_file_that_was_touched_is_not_handed_out(cast: Cast) -> None:
    batch = sent_batch(cast)
    rewrite(QuerySet(BatchFile).filter(batch=batch), content=b"number,amount\r\n")
    with pytest.raises(WrongState, match="not what was handed out"):
        export(batch_id=batch.pk, actor=person(cast.finance), file_format="csv")


def test_files_carry_their_control_figures_and_no_formula(cast: Cast) -> None:
    (payout,) = queue_payouts(cast.a, cast.staff, "50.00")
    evil = '=HYPERLINK("http://evil")'
    rewrite(
        QuerySet(Payout).filter(pk=payout.pk),
        destination=seal(evil, payout.data_subject),
        channel="＠cmd",
    )
    rewrite(QuerySet(User).filter(pk=cast.finance.pk), first_name=evil)  # stands at the head
    cast.finance.refresh_from_db()
    batch = build(store_id=cast.a.pk, currency="CNY", actor=person(cast.finance))
    release(batch_id=batch.pk, actor=person(cast.checker))
    finance = person(cast.finance)

    text = opened(export(batch_id=batch.pk, actor=finance, file_format="csv"))
    assert text.startswith(b"\xef\xbb\xbf")
    for figure in (
        batch.number,
        batch.sha256,
        "control total,50.00",
        "count,1",
        "built by,",
    ):
        assert figure.encode() in text
    assert text.count(b"'=HYPERLINK") == 2
    assert b",=" not in text
    assert b',"=' not in text

    content = opened(export(batch_id=batch.pk, actor=finance, file_format="xlsx"))
    book = openpyxl.load_workbook(io.BytesIO(content))
    rows = list(book["Payouts"].iter_rows(values_only=True))
    assert rows[0][3:] == (
        "method",
        "channel",
        "destination",
        "payee",
        "bank_code",
        "amount",
        "currency",
    )
    assert rows[1][3:] == ("original", "'＠cmd", f"'{evil}", None, None, 50, "CNY")
    head = list(book["Batch"].iter_rows(values_only=True))
    assert {("control total", 50), ("built by", f"'{evil}")} <= set(head)


def test_a_payout_in_a_live_batch_is_in_no_other(cast: Cast) -> None:
    batch = sealed_batch(cast, "50.00")
    (payout,) = rows_of(batch)
    with pytest.raises(BackofficeError):
        build(
            store_id=cast.a.pk, currency="CNY", actor=person(cast.finance), payout_ids=[payout.pk]
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        QuerySet(Payout).filter(pk=payout.pk).update(batch=None, state="sent")
