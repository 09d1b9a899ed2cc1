"""Two hands on the same money, or on the same complaint, at once: one outcome, and history tells which."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from backoffice.actors import INSTALLER, TIMER, person, system
from backoffice.audit.recording import recorded
from backoffice.clock import now
from backoffice.exceptions import BackofficeError
from refunds.batches.building import build
from refunds.batches.sealing import unbroken
from refunds.complaints.ticking import look_at_complaints
from refunds.models import BatchApproval, CheckingLimit, Complaint, Notice, Payout, RefundBatch
from refunds.payouts.queueing import redirect
from refunds.payouts.routes import Way
from refunds.workflow import perform
from tests.cast import Cast, make_cast
from tests.personal import plain
from tests.refunds.factories import make_case, make_order
from tests.refunds.money import give_role, release, rows_of, sealed_batch
from tests.threads import at_once, unexpected

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
ROUNDS = 5
HERE, THERE = (Way("bank", f"622202000000{end}", "Lin Mei", "BKCHCNBJ") for end in ("1234", "9999"))


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """The cast, committed, so that other connections see it."""
    return make_cast()


def race(*jobs: Callable[[], Any]) -> list[bool]:
    """Which of the jobs were refused; nothing but a refusal may go wrong."""
    results = at_once(*jobs)
    assert unexpected(results, BackofficeError) == []
    return [isinstance(result, BackofficeError) for result in results]


def actions(row: Any, *names: str) -> list[str]:
    """What was done to the row, of these, in its order."""
    return [v.action for v in row.history.order_by("history_id") if v.action in names]


def test_of_two_second_signers_one_releases_the_batch(cast: Cast) -> None:
    with recorded(system(INSTALLER), "A limit for a test."):
        CheckingLimit.objects.create(
            currency="CNY", batch_amount=1, line_amount=1, starts_on=now().date()
        )
    seconds = [give_role(cast, name, "checker") for name in ("manager", "manager2")]
    for _ in range(ROUNDS):
        batch = sealed_batch(cast, "10.00", "20.00")
        release(batch_id=batch.pk, actor=person(cast.checker))
        refused = race(
            *(
                lambda user=user, pk=batch.pk: release(batch_id=pk, actor=person(user))
                for user in seconds
            )
        )
        assert sorted(refused) == [False, True]
        batch = RefundBatch.objects.get(pk=batch.pk)
        winner = seconds[refused.index(False)]
        assert (batch.state, batch.checker, batch.second_checker) == (
            "released", cast.checker, winner,
        )  # fmt: skip
        signed = BatchApproval.objects.filter(batch=batch, voided_at=None)
        assert [row.checker for row in signed.order_by("order")] == [cast.checker, winner]
        assert actions(batch, "sign", "release") == ["sign", "release"]
        for payout in rows_of(batch):
            assert (payout.state, actions(payout, "release")) == ("approved", ["release"])


def test_of_two_signers_at_once_neither_is_lost_where_two_are_needed(cast: Cast) -> None:
    second = give_role(cast, "manager", "checker")
    for _ in range(ROUNDS):
        batch = sealed_batch(cast, "6000.00")  # above what one may sign
        refused = race(
            *(
                lambda user=user, pk=batch.pk: release(batch_id=pk, actor=person(user))
                for user in (cast.checker, second)
            )
        )
        assert refused == [False, False]
        batch = RefundBatch.objects.get(pk=batch.pk)
        assert {batch.checker, batch.second_checker} == {cast.checker, second}
        assert actions(batch, "sign", "release") == ["sign", "release"]


@pytest.mark.parametrize("way", [THERE, Way("credit")], ids=["another account", "another method"])
def test_a_payout_is_redirected_or_its_batch_is_released(cast: Cast, way: Way) -> None:
    finance = person(cast.finance)
    for _ in range(2 * ROUNDS):
        case = make_case(make_order(cast.a, (1, "10.00")), cast.staff)
        perform("approve", case_id=case.pk, actor=person(cast.staff), pay_by="bank")
        payout = Payout.objects.get(case=case)
        redirect(payout_id=payout.pk, way=HERE, note="The buyer wrote it.", actor=finance)
        batch = build(store_id=cast.a.pk, currency="CNY", actor=finance, payout_ids=[payout.pk])
        refused = race(
            lambda pk=payout.pk: redirect(payout_id=pk, way=way, note="A new one.", actor=finance),
            lambda pk=batch.pk: release(batch_id=pk, actor=person(cast.checker)),
        )
        assert sorted(refused) == [False, True]
        released = refused == [True, False]
        batch, payout = RefundBatch.objects.get(pk=batch.pk), Payout.objects.get(pk=payout.pk)
        done = actions(payout, "redirect", "release")
        if released:
            assert (batch.state, payout.state, payout.batch) == ("released", "approved", batch)
            assert (plain(payout.destination), done) == (HERE.destination, ["redirect", "release"])
            assert unbroken(batch, rows_of(batch))
        else:
            assert (batch.state, payout.state) == ("draft", "queued")
            assert (plain(payout.destination) != HERE.destination, done) == (True, ["redirect"] * 2)
            assert not BatchApproval.objects.filter(batch=batch).exists()


def overdue(cast: Cast, **changes: Any) -> Complaint:
    """A complaint whose deadline, or whose time to wait for the buyer, has just run out."""
    case = make_case(make_order(cast.a), cast.staff)
    perform("complain", case_id=case.pk, actor=person(cast.staff), words="Nobody answers.")
    complaint = Complaint.objects.get(case=case)
    with recorded(system(INSTALLER), "The test's clock."):
        complaint.due_at = now()
        for name, value in changes.items():
            setattr(complaint, name, value)
        complaint.save()
    return complaint


def test_a_person_acknowledges_a_complaint_or_the_timer_escalates_it(cast: Cast) -> None:
    system(TIMER)
    for _ in range(2 * ROUNDS):
        complaint = overdue(cast)
        race(
            lambda pk=complaint.case_id: perform(
                "acknowledge_complaint", case_id=pk, actor=person(cast.staff)
            ),
            look_at_complaints,
        )
        done = actions(complaint, "acknowledge_complaint", "escalate_complaint")
        assert len(done) == 1
        after = Complaint.objects.get(pk=complaint.pk)
        escalated = done == ["escalate_complaint"]
        assert (after.missed, after.state) == ((1, "filed") if escalated else (0, "acknowledged"))
        told = Notice.objects.filter(case=complaint.case_id, kind="escalated")
        assert told.exists() == escalated


def test_a_complaint_that_waited_goes_on_once(cast: Cast) -> None:
    system(TIMER)
    for _ in range(ROUNDS):
        since = now() - timedelta(hours=2)
        complaint = overdue(cast, paused_at=since)
        race(
            lambda pk=complaint.case_id: perform(
                "buyer_answered", case_id=pk, actor=person(cast.staff)
            ),
            look_at_complaints,
            look_at_complaints,
        )
        assert len(actions(complaint, "buyer_answered", "complaint_goes_on")) == 1
        after = Complaint.objects.get(pk=complaint.pk)
        assert (after.paused_at, after.missed) == (None, 0)
        assert after.paused == complaint.due_at - since


def test_two_ticks_at_once_escalate_a_complaint_once(cast: Cast) -> None:
    system(TIMER)
    for _ in range(ROUNDS):
        complaint = overdue(cast)
        race(look_at_complaints, look_at_complaints)
        assert actions(complaint, "escalate_complaint") == ["escalate_complaint"]
        assert Complaint.objects.get(pk=complaint.pk).missed == 1
        told = Notice.objects.filter(case=complaint.case_id, kind="escalated")
        assert told.count() == told.values("recipient").distinct().count()
