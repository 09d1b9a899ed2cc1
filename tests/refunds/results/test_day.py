"""One file about several batches of a store: the bank's day."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from backoffice.actors import person
from backoffice.exceptions import NotAllowed, NotFound
from refunds.models import RefundBatch, ResultImport, ResultRow
from refunds.results import bring_result, confirm_result
from tests.cast import Cast
from tests.refunds.invariants import broken
from tests.refunds.money import answer, bring_day, csv_of, give_role, rows_of, sent_batch, step


def test_a_file_answers_several_batches_each_by_itself(cast: Cast) -> None:
    whole, part, covered, other = (
        sent_batch(cast, "50.00", "20.00"),
        sent_batch(cast, "7.00", "8.00"),
        sent_batch(cast, "1.00", "2.00"),
        sent_batch(cast, "3.00"),
    )
    one, two = rows_of(covered)
    rows = [answer(payout) for payout in rows_of(whole)]
    rows += [answer(rows_of(part)[0], "failed", "Closed"), answer(one), answer(two, "pending")]
    run = bring_day(cast, csv_of(rows))
    assert run.batch is None
    # Only the batches that the file speaks of can miss something.
    shown = {name: run.counts[name] for name in ("settled", "failed", "pending", "missing")}
    assert shown == {"settled": 3, "failed": 1, "pending": 1, "missing": 1}
    confirm_result(run_id=run.pk, actor=person(cast.finance))
    assert step(run).state == "applied"
    found = [RefundBatch.objects.get(pk=batch.pk).state for batch in (whole, part, covered, other)]
    assert found == ["reconciled", "sent", "acknowledged", "sent"]
    assert not ResultRow.objects.exists()
    assert broken() == []


def test_the_same_answers_delivered_again_in_another_file_change_nothing(cast: Cast) -> None:
    batch = sent_batch(cast, "50.00", "20.00")
    rows = [answer(payout) for payout in rows_of(batch)]
    for content in (csv_of(rows), csv_of(rows[::-1])):
        run = bring_day(cast, content)
        confirm_result(run_id=run.pk, actor=person(cast.finance))
        run = step(run)
    assert (run.state, run.counts["settled"], run.counts["unchanged"]) == ("applied", 0, 2)
    for payout in rows_of(batch):
        assert payout.history.filter(action="answer").count() == 1
        assert payout.case.history.filter(action="refund").count() == 1
    assert RefundBatch.history.filter(id=batch.pk, action="reconcile").count() == 1


def test_a_file_for_the_store_is_brought_from_the_list(client: Client, cast: Cast) -> None:
    batch = sent_batch(cast, "50.00")
    content = csv_of([answer(payout) for payout in rows_of(batch)])
    client.force_login(cast.finance)
    upload = reverse("admin:refunds_resultimport_upload")
    listed = client.get(reverse("admin:refunds_resultimport_changelist")).content.decode()
    assert upload in listed
    form = client.get(upload).content.decode()
    assert "Store A" in form
    assert "Store B" not in form
    data = {"file": SimpleUploadedFile("day.csv", content), "store": cast.a.pk, "final": "on"}
    response = client.post(upload, data)
    run = ResultImport.objects.get()
    assert response["Location"] == reverse("admin:refunds_resultimport_change", args=[run.pk])
    assert (run.store, run.batch, run.final, run.uploaded_by) == (cast.a, None, True, cast.finance)
    again = client.post(upload, {**data, "file": SimpleUploadedFile("day.csv", b"")})
    assert again.status_code == 400
    assert client.post(upload, {**data, "store": cast.b.pk}).status_code == 400
    assert ResultImport.objects.count() == 1


def test_who_may_not_in_the_store_brings_nothing_for_it(cast: Cast) -> None:
    for user, refusal in ((cast.finance, NotFound), (cast.checker, NotAllowed)):
        store = cast.b if user == cast.finance else cast.a
        with pytest.raises(refusal):
            bring_result(store_id=store.pk, file=io.BytesIO(b"x"), name="x", actor=person(user))


def test_only_who_brought_a_file_applies_it(cast: Cast) -> None:
    batch = sent_batch(cast, "50.00")
    run = bring_day(cast, csv_of([answer(payout) for payout in rows_of(batch)]))
    colleague = give_role(cast, "manager", "finance")
    with pytest.raises(NotAllowed, match="Only the one who brought"):
        confirm_result(run_id=run.pk, actor=person(colleague))
    assert confirm_result(run_id=run.pk, actor=person(cast.finance)).state == "confirmed"


def test_a_file_that_was_changed_where_it_is_kept_is_refused(cast: Cast) -> None:
    batch = sent_batch(cast, "50.00")
    rows = [answer(payout) for payout in rows_of(batch)]
    run = bring_result(
        store_id=cast.a.pk, file=io.BytesIO(csv_of(rows)), name="r", actor=person(cast.finance)
    )
    with run.file.open("wb") as kept:
        kept.write(csv_of([[*row[:3], "failed", ""] for row in rows]))
    run = step(run)
    assert run.state == "refused"
    assert "not the one that was brought" in run.message


def test_a_check_that_was_killed_begins_again_without_what_it_had_staged(cast: Cast) -> None:
    batch = sent_batch(cast, "50.00")
    content = csv_of([answer(payout) for payout in rows_of(batch)])
    run = bring_result(
        store_id=cast.a.pk, file=io.BytesIO(content), name="r", actor=person(cast.finance)
    )
    ResultRow.objects.create(
        run=run, row=7, payout_id="PO-0", amount=1, currency="CNY", status="settled"
    )
    run = step(run)
    assert (run.state, run.counts["rows"]) == ("checked", 1)
