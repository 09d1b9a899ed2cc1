"""Cut-offs: what is queued is gathered twice a day, once each, whoever looks and however late."""

from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse

from backoffice.actors import INSTALLER, person, system
from backoffice.audit.recording import recorded
from backoffice.exceptions import BadInput, NotAllowed
from backoffice.privacy.keys import seal
from merchants.models import Store, WorkingCalendar, WorkingHours
from refunds.batches.drafts import remove, seal_draft
from refunds.batches.gathering import gather_due
from refunds.models import CutOff, Gathering, Payout, RefundBatch
from refunds.payouts.queueing import redirect
from refunds.payouts.routes import Way
from tests.cast import Cast, make_cast
from tests.flushing import rewrite
from tests.refunds.money import queue_payouts, release, rows_of
from tests.threads import at_once, unexpected

MORNING = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)  # Tuesday 10:00 in Shanghai
ACCOUNT = Way("bank", "6222020200112233", "Lin Mei", "102100099996")
LATER = MORNING + timedelta(hours=1, minutes=5)  # after the cut-off at 11:00


@pytest.fixture(autouse=True)
def set_long_ago(db: None) -> None:
    """The shipped cut-offs, at 11:00 and 17:00, counted before the test's morning."""
    rewrite(QuerySet(CutOff), since=MORNING - timedelta(days=30))


def queue(cast: Cast, *prices: str, at: datetime = MORNING) -> list[Payout]:
    with time_machine.travel(at, tick=False):
        return queue_payouts(cast.a, cast.staff, *prices)


def gather(at: datetime) -> int:
    with time_machine.travel(at, tick=False):
        return gather_due()


def test_the_timer_gathers_and_one_person_releases(cast: Cast) -> None:
    queue(cast, "10.00", "20.00")
    assert gather(LATER) == 1
    batch = RefundBatch.objects.get()
    assert (batch.state, batch.count, batch.maker.username) == ("sealed", 2, "timer")
    version = batch.history.get()
    assert (version.actor_name, version.source) == ("timer", "timer")
    release(batch_id=batch.pk, actor=person(cast.checker))
    assert {p.state for p in rows_of(batch)} == {"approved"}


def test_nothing_is_gathered_before_the_hour_nor_twice(cast: Cast) -> None:
    queue(cast, "10.00")
    assert gather(MORNING + timedelta(minutes=59)) == 0
    assert gather(LATER) == 1
    queue(cast, "20.00", at=LATER)
    assert gather(LATER + timedelta(minutes=1)) == 0
    assert gather(MORNING + timedelta(hours=7, minutes=1)) == 1  # 17:01


def test_a_missed_tick_gathers_what_was_queued_before_the_cut_off(cast: Cast) -> None:
    early = queue(cast, "10.00")
    late = queue(cast, "20.00", at=LATER)
    assert gather(MORNING + timedelta(hours=3)) == 1
    assert rows_of(RefundBatch.objects.get()) == early
    assert Payout.objects.get(pk=late[0].pk).batch is None


def test_after_a_longer_outage_the_latest_cut_off_is_made_up_for(cast: Cast) -> None:
    queue(cast, "10.00")
    assert gather(MORNING + timedelta(days=2, hours=3)) == 1
    assert gather(MORNING + timedelta(days=2, hours=3, minutes=1)) == 0
    assert Gathering.objects.filter(store=cast.a).count() == 1


def test_each_way_has_its_own_batch(cast: Cast) -> None:
    payouts = queue(cast, "10.00", "20.00")
    buyer = seal("buyer", payouts[0].data_subject)
    rewrite(QuerySet(Payout).filter(pk=payouts[0].pk), method="credit", destination=buyer)
    assert gather(LATER) == 2
    assert set(RefundBatch.objects.values_list("method", "channel")) == {
        ("original", "card"),
        ("credit", ""),
    }


def test_a_closed_day_has_no_cut_off(cast: Cast) -> None:
    with recorded(system(INSTALLER), "Open on Wednesdays."):
        calendar = WorkingCalendar.objects.create(code="wed", name="Wednesdays")
        WorkingHours.objects.create(calendar=calendar, weekday=2, opens=time(9), closes=time(18))
    rewrite(QuerySet(Store).filter(pk=cast.a.pk), calendar=calendar)
    queue(cast, "10.00")
    assert gather(LATER) == 0
    assert gather(LATER + timedelta(days=1)) == 1


def test_a_store_goes_by_its_own_time_and_cut_offs(cast: Cast) -> None:
    with recorded(system(INSTALLER), "Its own."):
        CutOff.objects.create(
            store=cast.a, at=time(9), seal=False, since=MORNING - timedelta(days=9)
        )
    rewrite(QuerySet(Store).filter(pk=cast.a.pk), time_zone="Europe/Berlin")
    queue(cast, "10.00")
    assert gather(MORNING + timedelta(hours=5, minutes=59)) == 0  # 08:59 in Berlin
    assert gather(MORNING + timedelta(hours=6)) == 1
    assert RefundBatch.objects.get().state == "draft"


def test_what_cannot_be_sealed_is_a_draft_and_holds_nobody_up(cast: Cast) -> None:
    transfer, other = queue(cast, "10.00", "20.00")
    with time_machine.travel(MORNING, tick=False):
        redirect(payout_id=transfer.pk, way=ACCOUNT, note="Theirs.", actor=person(cast.finance))
    rewrite(QuerySet(Payout).filter(pk=transfer.pk), payee="")  # nobody's account
    with time_machine.travel(MORNING, tick=False):
        theirs = queue_payouts(cast.b, cast.staff2, "30.00")
    assert gather(LATER) == 3
    batches = {batch.store_id: batch for batch in RefundBatch.objects.exclude(method="bank")}
    assert rows_of(batches[cast.a.pk]) == [other]
    assert rows_of(batches[cast.b.pk]) == theirs
    assert {batch.state for batch in batches.values()} == {"sealed"}
    draft = RefundBatch.objects.get(method="bank")
    assert (draft.state, draft.sha256, rows_of(draft)) == ("draft", "", [transfer])
    version = draft.history.get()
    assert version.actor_name == "timer"
    assert version.history_change_reason.startswith("Gathered at the cut-off, and not sealed")
    with pytest.raises(BadInput, match=f"Payout {transfer.number}: it does not say whose account"):
        seal_draft(batch_id=draft.pk, actor=person(cast.finance))


def test_a_store_for_which_it_fails_keeps_no_other_waiting(
    cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    queue(cast, "10.00")
    with time_machine.travel(MORNING, tick=False):
        theirs = queue_payouts(cast.b, cast.staff2, "30.00")
    rewrite(QuerySet(Store).filter(pk=cast.a.pk), time_zone="Nowhere/At_All")
    assert gather(LATER) == 1
    assert rows_of(RefundBatch.objects.get()) == theirs
    assert f"Nothing could be gathered for {cast.a}." in caplog.text


def test_a_new_cut_off_makes_nothing_up(cast: Cast) -> None:
    queue(cast, "10.00")
    rewrite(QuerySet(CutOff), since=LATER)
    assert gather(LATER + timedelta(minutes=1)) == 0


def test_whoever_changes_the_timers_draft_is_its_maker(cast: Cast) -> None:
    rewrite(QuerySet(CutOff), seal=False)
    first, _second = queue(cast, "10.00", "20.00")
    gather(LATER)
    batch = RefundBatch.objects.get()
    finance = person(cast.finance)
    remove(batch_id=batch.pk, payout_ids=[first.pk], actor=finance)
    assert RefundBatch.objects.get().maker == cast.finance
    with pytest.raises(NotAllowed):
        remove(batch_id=batch.pk, payout_ids=[first.pk], actor=person(cast.checker))


def test_the_platform_sets_the_times(client: Client, cast: Cast) -> None:
    client.force_login(cast.platform)
    page = reverse("admin:refunds_cutoff_add")
    data = {"store": cast.a.pk, "at": "12:30", "seal": "on", "active": "on"}
    assert client.post(page, {**data, "change_reason": "Earlier."}).status_code == 302
    row = CutOff.objects.get(store=cast.a)
    assert (row.history.get().history_user, row.since is not None) == (cast.platform, True)
    assert client.post(page, {**data, "change_reason": "Twice."}).status_code == 200
    client.force_login(cast.finance)
    assert client.post(page, {**data, "change_reason": "Forged."}).status_code == 405


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_beats_gather_once(transactional_db: None) -> None:
    cast = make_cast()
    rewrite(QuerySet(CutOff), since=MORNING - timedelta(days=30))
    queue(cast, *["10.00"] * 20)
    with time_machine.travel(LATER, tick=False):
        results = at_once(gather_due, gather_due, gather_due, gather_due)
    assert not unexpected(results), results
    assert sum(results) == 1
    assert RefundBatch.objects.get().count == 20
