"""The merchant appeals a verdict for the buyer: what may be appealed, and the money that waits."""

from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from backoffice.actors import TIMER, person, system
from backoffice.audit.recording import recorded
from backoffice.exceptions import BadInput, WrongState
from refunds.batches.building import Lane, build, queued, void
from refunds.batches.files import export
from refunds.models import State
from refunds.payouts.queueing import retry
from tests.cast import Cast
from tests.refunds.appeals.appealing import do, sealed
from tests.refunds.disputes import act, appealed, dispute_of, payout_of, upheld
from tests.refunds.factories import fetch
from tests.refunds.money import answer, apply, release

pytestmark = pytest.mark.once


def test_an_appeal_freezes_the_payout(client: Client, cast: Cast) -> None:
    case = upheld(cast)
    client.force_login(cast.manager)
    form = {"version": case.version, "note": "The video is of another lamp."}
    assert client.post(do(case, "appeal"), form).status_code == 302

    case, dispute, payout = fetch(case), dispute_of(case), payout_of(case)
    assert (dispute.appeal, dispute.closed_at) == ("The video is of another lamp.", None)
    assert (case.state, case.clock) == (State.REVIEWED, "arbitrate")
    assert (payout.state, payout.frozen) == ("queued", True)
    version = payout.history.latest()
    assert (version.history_user, version.action) == (cast.manager, "appeal")
    assert version.history_change_reason == "The video is of another lamp."


@pytest.mark.parametrize("words", ["", "   \n"])
def test_an_appeal_needs_words(client: Client, cast: Cast, words: str) -> None:
    case = upheld(cast)
    with pytest.raises(BadInput, match="needs words"):
        act(case, cast.manager, "appeal", words=words)
    client.force_login(cast.manager)
    assert (
        client.post(do(case, "appeal"), {"version": case.version, "note": words}).status_code == 400
    )
    assert (dispute_of(case).appealed_at, payout_of(case).frozen) == (None, False)


def test_the_window_to_appeal_is_open_until_its_very_end(cast: Cast) -> None:
    first, second = upheld(cast), upheld(cast)
    with time_machine.travel(first.due_at - timedelta(seconds=1), tick=False):
        assert act(first, cast.legal, "appeal", words="In time.").clock == "arbitrate"
    with time_machine.travel(second.due_at, tick=False), pytest.raises(WrongState):
        act(second, cast.legal, "appeal", words="Too late.")


def test_a_verdict_is_appealed_once(cast: Cast) -> None:
    with pytest.raises(WrongState):
        act(appealed(cast), cast.manager, "appeal", words="Again.")


def test_the_window_does_not_hold_the_money_up(cast: Cast) -> None:
    case = upheld(cast)
    assert list(queued(Lane(cast.a.pk, "CNY", channel="card"))) == [payout_of(case)]


def test_a_frozen_payout_is_in_no_batch(client: Client, cast: Cast) -> None:
    payout = payout_of(appealed(cast))
    with pytest.raises(WrongState, match="No payout of this store is waiting"):
        build(store_id=cast.a.pk, currency="CNY", actor=person(cast.finance))
    with pytest.raises(WrongState, match="no longer waiting"):
        build(
            store_id=cast.a.pk,
            currency="CNY",
            actor=person(cast.finance),
            payout_ids=[payout.pk],
        )
    client.force_login(cast.finance)
    text = client.get(reverse("admin:refunds_refundbatch_build")).content.decode()
    assert cast.a.name not in text.split("desk-page")[1]
    assert (
        "frozen"
        in client.get(reverse("admin:refunds_payout_change", args=[payout.pk])).content.decode()
    )


def test_the_database_keeps_a_frozen_payout_out_of_every_batch(cast: Cast) -> None:
    case = sealed(cast, upheld(cast))
    payout = payout_of(case)
    payout.frozen = True
    with (
        pytest.raises(IntegrityError, match="payout_frozen"),
        transaction.atomic(),
        recorded(system(TIMER), "A defect."),
    ):
        payout.save()


def test_money_in_a_sealed_batch_is_not_touched(client: Client, cast: Cast) -> None:
    case = sealed(cast, upheld(cast))
    case = act(case, cast.manager, "appeal", words="Wrong lamp.")
    assert not payout_of(case).frozen
    client.force_login(cast.manager)
    text = client.get(reverse("admin:refunds_refundcase_change", args=[case.pk])).content.decode()
    assert "so it is not touched" in text
    release(batch_id=payout_of(case).batch_id, actor=person(cast.checker))
    assert payout_of(case).state == "approved"


def test_a_payout_that_comes_out_of_a_void_batch_is_frozen(cast: Cast) -> None:
    case = sealed(cast, upheld(cast))
    act(case, cast.manager, "appeal", words="Wrong lamp.")
    void(batch_id=payout_of(case).batch_id, actor=person(cast.finance))
    payout = payout_of(case)
    assert (payout.batch, payout.frozen) == (None, True)


def test_a_payout_that_is_queued_again_during_an_appeal_is_frozen(cast: Cast) -> None:
    case = sealed(cast, upheld(cast))
    act(case, cast.manager, "appeal", words="Wrong lamp.")
    payout = payout_of(case)
    release(batch_id=payout.batch_id, actor=person(cast.checker))
    export(batch_id=payout.batch_id, actor=person(cast.finance), file_format="csv")
    apply(cast, payout.batch, [answer(payout, "failed", "Closed.")])
    assert retry(payout_id=payout.pk, actor=person(cast.finance)).frozen
