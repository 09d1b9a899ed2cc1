"""What finance may still change about a payout, and when it is too late."""

from decimal import Decimal

import pytest

from backoffice.actors import person
from backoffice.exceptions import BadInput, NotAllowed, NotFound, WrongState
from refunds.batches.building import build
from refunds.batches.drafts import add, remove, reopen, seal_draft
from refunds.models import Payout, RefundBatch
from refunds.payouts.queueing import cancel, redirect, retry
from refunds.payouts.routes import Way
from tests.cast import Cast
from tests.personal import plain
from tests.refunds.factories import fetch
from tests.refunds.money import (
    answer,
    apply,
    queue_payouts,
    release,
    rows_of,
    sealed_batch,
    sent_batch,
)
from tests.refunds.payouts.approved import ACCOUNT, age, approved


def test_a_changed_destination_opens_the_sealed_batch_again(cast: Cast) -> None:
    payout = approved(cast, "bank")
    finance = person(cast.finance)
    redirect(payout_id=payout.pk, way=ACCOUNT, note="The buyer wrote it.", actor=finance)
    batch = build(store_id=cast.a.pk, currency="CNY", actor=finance)
    other = Way("bank", "DE89370400440532013000", "Lin Mei")
    redirect(payout_id=payout.pk, way=other, note="A typing error.", actor=finance)
    batch = RefundBatch.objects.get(pk=batch.pk)
    assert (batch.state, batch.sha256, rows_of(batch)) == ("draft", "", [payout])
    version = payout.history.latest()
    assert (version.history_user, version.history_change_reason, version.action) == (
        cast.finance,
        "A typing error.",
        "redirect",
    )
    with pytest.raises(WrongState):
        release(batch_id=batch.pk, actor=person(cast.checker))


def test_a_payout_that_goes_another_way_leaves_its_batch(cast: Cast) -> None:
    batch = sealed_batch(cast, "10.00", "20.00")
    first, second = rows_of(batch)
    redirect(payout_id=first.pk, way=ACCOUNT, note="Card closed.", actor=person(cast.finance))
    batch = RefundBatch.objects.get(pk=batch.pk)
    assert (batch.state, batch.count, rows_of(batch)) == ("draft", 1, [second])
    assert Payout.objects.get(pk=first.pk).batch is None


def test_what_was_released_goes_where_it_was_sent(cast: Cast) -> None:
    batch = sealed_batch(cast)
    (payout,) = rows_of(batch)
    release(batch_id=batch.pk, actor=person(cast.checker))
    with pytest.raises(WrongState, match="on its way"):
        redirect(payout_id=payout.pk, way=ACCOUNT, note="Late.", actor=person(cast.finance))


@pytest.mark.parametrize("name", ["staff", "manager", "checker", "auditor", "platform", "staff2"])
def test_only_finance_changes_or_cancels_a_payout(cast: Cast, name: str) -> None:
    payout = approved(cast)
    actor = person(getattr(cast, name))
    with pytest.raises((NotAllowed, NotFound)):
        redirect(payout_id=payout.pk, way=ACCOUNT, note="Forged.", actor=actor)
    with pytest.raises((NotAllowed, NotFound)):
        cancel(payout_id=payout.pk, note="Forged.", actor=actor)
    assert Payout.objects.get(pk=payout.pk).history.count() == 1


def test_a_cancelled_payout_makes_room_for_another(cast: Cast) -> None:
    payout = approved(cast)
    finance = person(cast.finance)
    with pytest.raises(BadInput, match="Say why"):
        cancel(payout_id=payout.pk, note=" ", actor=finance)
    cancel(payout_id=payout.pk, note="Paid in cash at the counter.", actor=finance)
    payout = Payout.objects.get(pk=payout.pk)
    assert (payout.state, fetch(payout.case).state) == ("cancelled", "reviewed")
    assert payout.history.latest().history_change_reason == "Paid in cash at the counter."
    fresh = retry(payout_id=payout.pk, actor=finance, way=ACCOUNT)
    assert (fresh.method, fresh.number != payout.number) == ("bank", True)
    assert (fresh.approver, fresh.reason) == (cast.staff, "C01")


def test_a_payout_in_a_batch_is_not_cancelled(cast: Cast) -> None:
    (payout,) = rows_of(sealed_batch(cast))
    with pytest.raises(WrongState, match="Take it out"):
        cancel(payout_id=payout.pk, note="Why.", actor=person(cast.finance))


def test_a_failed_payout_is_queued_again_another_way(cast: Cast) -> None:
    batch = sent_batch(cast, "50.00")
    (payout,) = rows_of(batch)
    apply(cast, batch, [answer(payout, "failed", "Account closed")])
    age(payout, 400)
    finance = person(cast.finance)
    with pytest.raises(BadInput, match="older than 365"):
        retry(payout_id=payout.pk, actor=finance)
    again = retry(payout_id=payout.pk, actor=finance, way=ACCOUNT)
    assert plain(again.destination).endswith("1234")


def test_the_maker_changes_a_draft_and_nobody_else(cast: Cast) -> None:
    first, second, third = queue_payouts(cast.a, cast.staff, "10.00", "20.00", "30.00")
    finance = person(cast.finance)
    rows = {"store_id": cast.a.pk, "currency": "CNY", "actor": finance}
    batch = build(**rows, payout_ids=[first.pk, second.pk], draft=True)
    assert (batch.state, batch.sha256) == ("draft", "")
    add(batch_id=batch.pk, payout_ids=[third.pk], actor=finance, note="One more.")
    remove(batch_id=batch.pk, payout_ids=[first.pk], actor=finance)
    with pytest.raises(WrongState, match="not in this batch"):
        remove(batch_id=batch.pk, payout_ids=[first.pk], actor=finance)
    with pytest.raises(NotAllowed):
        add(batch_id=batch.pk, payout_ids=[first.pk], actor=person(cast.checker))
    with pytest.raises(WrongState):
        release(batch_id=batch.pk, actor=person(cast.checker))
    sealed = seal_draft(batch_id=batch.pk, actor=finance)
    assert (sealed.count, sealed.total, sealed.state) == (2, Decimal("50.00"), "sealed")
    actions = list(batch.history.order_by("history_id").values_list("action", flat=True))
    assert actions == ["build", "add", "remove", "seal"]
    assert reopen(batch_id=batch.pk, actor=finance).state == "draft"
    remove(batch_id=batch.pk, payout_ids=[second.pk, third.pk], actor=finance)
    with pytest.raises(WrongState, match="empty"):
        seal_draft(batch_id=batch.pk, actor=finance)
