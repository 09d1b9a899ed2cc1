"""What the bank leaves open: sent until it says that nothing more will come, and then unknown."""

import pytest
from django.test import Client
from django.urls import reverse

from backoffice.actors import person
from backoffice.exceptions import WrongState
from refunds.models import Payout, RefundBatch
from refunds.payouts.queueing import retry
from tests.cast import Cast
from tests.refunds.invariants import broken
from tests.refunds.money import answer, apply, bring, csv_of, rows_of, sent_batch, step


def states(batch: RefundBatch) -> list[str]:
    return [payout.state for payout in rows_of(batch)]


def test_what_a_file_leaves_out_stays_sent_and_is_shown(cast: Cast) -> None:
    batch = sent_batch(cast, "50.00", "20.00", "10.00")
    yes, perhaps, _missing = rows_of(batch)
    run = apply(cast, batch, [answer(yes), answer(perhaps, "pending")])
    assert states(batch) == ["settled", "sent", "sent"]
    assert (run.counts["pending"], run.counts["missing"]) == (1, 1)
    assert (run.counts["pending_total"], run.counts["missing_total"]) == ("20.00", "10.00")
    assert RefundBatch.objects.get(pk=batch.pk).state == "sent"


def test_what_a_final_answer_leaves_open_is_unknown_with_who_and_why(cast: Cast) -> None:
    batch = sent_batch(cast, "50.00", "20.00", "10.00")
    yes, perhaps, _missing = rows_of(batch)
    apply(cast, batch, [answer(yes), answer(perhaps, "pending")], final=True)
    assert states(batch) == ["settled", "unknown", "unknown"]
    for payout in rows_of(batch)[1:]:
        version = payout.history.latest()
        assert (version.action, version.history_user) == ("lose_track", cast.finance)
        assert "says nothing definite" in version.history_change_reason
        with pytest.raises(WrongState):
            retry(payout_id=payout.pk, actor=person(cast.finance))
    assert broken() == []


def test_a_later_answer_settles_or_fails_what_was_unknown(cast: Cast) -> None:
    batch = sent_batch(cast, "50.00", "20.00", "10.00")
    first, second, third = rows_of(batch)
    apply(cast, batch, [answer(first)], final=True)
    apply(cast, batch, [answer(second), answer(third, "failed", "Closed")])
    assert states(batch) == ["settled", "settled", "failed"]
    assert [payout.case.state for payout in rows_of(batch)] == ["refunded", "refunded", "reviewed"]
    assert RefundBatch.objects.get(pk=batch.pk).state == "reconciled"
    assert broken() == []


def test_what_is_unknown_already_is_not_lost_again(cast: Cast) -> None:
    batch = sent_batch(cast, "50.00", "20.00", "10.00")
    first, second, third = rows_of(batch)
    apply(cast, batch, [answer(first)], final=True)
    apply(cast, batch, [answer(second)], final=True)
    assert states(batch) == ["settled", "settled", "unknown"]
    assert third.history.filter(action="lose_track").count() == 1


def test_who_applies_the_file_decides_whether_it_is_the_last_word(
    client: Client, cast: Cast
) -> None:
    batch = sent_batch(cast, "50.00", "20.00")
    first, second = rows_of(batch)
    run = bring(cast, batch, csv_of([answer(first)]))
    client.force_login(cast.finance)
    page = client.get(reverse("admin:refunds_resultimport_change", args=[run.pk])).content.decode()
    assert 'name="final"' in page
    client.post(reverse("admin:refunds_resultimport_confirm", args=[run.pk]), {"final": "on"})
    assert step(run).state == "applied"
    assert Payout.objects.get(pk=second.pk).state == "unknown"
    assert run.history.latest().final
