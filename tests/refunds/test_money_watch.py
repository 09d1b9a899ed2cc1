"""What the program watches by itself: the ledger's invariants, and payouts without an answer."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from backoffice.actors import TIMER, person, system
from backoffice.audit.recording import recorded
from backoffice.models import User
from refunds import ledger
from refunds.ledger.watching import watch, watch_now_and_then
from refunds.models import LedgerAlarm, Notice, Payout
from refunds.payouts.bounces import bounce
from refunds.payouts.silence import PATIENCE
from refunds.payouts.unknowns import tell, tell_now_and_then
from refunds.workflow import perform
from tests.cast import Cast
from tests.refunds.money import answer, apply, rows_of, sent_batch
from tests.refunds.reconciliation.statements import load, other, paid

pytestmark = pytest.mark.once

HOME = "/admin/"


def home(client: Client, who: str) -> str:
    client.force_login(User.objects.get(username=who))
    return client.get(HOME).content.decode()


def past_the_ledger(payout: Payout) -> None:
    with recorded(system(TIMER), "Past the ledger."):
        payout.settle()
        payout.settled_at = now()
        payout.save()


def lost(cast: Cast, *prices: str) -> list[Payout]:
    """Payouts that were sent, and whose answer did not come."""
    payouts = rows_of(sent_batch(cast, *prices))
    with recorded(system(TIMER), "No answer came."):
        for payout in payouts:
            payout.lose_track()
            payout.save()
    return payouts


def test_a_broken_invariant_is_told_until_it_holds_again(
    client: Client, cast: Cast, caplog: Any
) -> None:
    (payout,) = rows_of(sent_batch(cast, "10.00"))
    assert watch() == 0
    past_the_ledger(payout)
    assert watch() == watch() == 4
    assert LedgerAlarm.objects.count() == 4
    assert sum("The ledger does not hold" in line for line in caplog.messages) == 4
    told = f"Payout {payout.number}: its state and its movements do not agree."
    for who in ("finance", "auditor"):
        assert told in home(client, who)
    assert told not in home(client, "staff")
    assert client.get("/healthz").json()["ledger"] == "broken"
    with recorded(system(TIMER), "Written down after all."):
        ledger.settled([Payout.objects.get()])
        perform("refund", case_id=payout.case_id, actor=person(cast.finance))
    assert watch() == 0
    assert told not in home(client, "finance")
    assert client.get("/healthz").json()["ledger"] == "ok"
    assert LedgerAlarm.objects.filter(gone_at__isnull=False).count() == 4


def test_an_alarm_is_told_where_its_store_is_ones_own(client: Client, cast: Cast) -> None:
    LedgerAlarm.objects.create(store=cast.b, kind="entries", about="PO-OF-B", found_at=now())
    LedgerAlarm.objects.create(kind="guard", about="of_everybody", found_at=now())
    page = home(client, "finance")
    assert "PO-OF-B" not in page
    assert "of_everybody" in page
    assert "PO-OF-B" in home(client, "auditor")


def test_one_machine_watches_every_few_minutes(cast: Cast) -> None:
    cache.clear()
    assert (watch_now_and_then(), watch_now_and_then()) == (0, None)
    assert (tell_now_and_then(), tell_now_and_then()) == (0, None)


def test_finance_is_told_once_a_day_of_what_has_no_answer(client: Client, cast: Cast) -> None:
    start = now()
    with time_machine.travel(start, tick=False):
        payouts = lost(cast, "10.00", "5.00")
    with time_machine.travel(start + timedelta(hours=23, minutes=59), tick=False):
        assert tell() == 0
        assert "no answer for more than 24 hours" not in home(client, "finance")
    with time_machine.travel(start + timedelta(hours=24), tick=False):
        assert tell() == tell() == 2
        page = home(client, "finance")
        assert "2 payouts have had no answer for more than 24 hours." in page
        assert "¥15.00" in page
        assert "no answer for more" in home(client, "auditor")
        assert "payouts have had no answer" not in home(client, "staff2")
    assert Notice.objects.filter(kind="unknown", recipient=cast.finance).count() == 2
    assert not Notice.objects.filter(kind="unknown").exclude(recipient=cast.finance).exists()
    with time_machine.travel(start + timedelta(hours=49), tick=False):
        tell()
    assert Notice.objects.filter(kind="unknown").count() == 4
    apply(cast, payouts[0].batch, [answer(payout) for payout in payouts])
    with time_machine.travel(start + timedelta(hours=73), tick=False):
        assert tell() == 0


def test_what_was_sent_is_stuck_when_its_bank_is_silent(client: Client, cast: Cast) -> None:
    start = now()
    with time_machine.travel(start, tick=False):
        sent_batch(cast, "10.00")
    with time_machine.travel(start + PATIENCE - timedelta(minutes=1), tick=False):
        page = home(client, "finance")
        assert "1 payout, the oldest queued 2 d 23 h ago" in page
        assert "stuck" not in page
    with time_machine.travel(start + PATIENCE + timedelta(minutes=1), tick=False):
        assert "stuck" in home(client, "finance")


def test_ages_and_charts_come_from_what_happened(client: Client, cast: Cast) -> None:
    paid(cast, "100.00", at=now())
    came_back = paid(cast, "70.00", at=now())
    bounce(reasons={came_back.pk: "Closed."}, actor=person(cast.finance))
    lost(cast, "10.00")
    page = home(client, "finance")
    assert "Refunded, last 14 days, CNY" in page
    assert "¥100.00" in page
    assert "¥170.00" not in page
    assert "Refunded by reason" in page
    assert "Without an answer, by age" in page
    assert "Refused or returned by the bank" in page
    assert came_back.number in page


def test_without_money_each_panel_says_so(client: Client, cast: Cast) -> None:
    page = home(client, "finance")
    for sentence in (
        "No refund has arrived in these days.",
        "Ledger, bank and payouts agree.",
        "No payout waits.",
        "Every payout that was sent has its answer",
    ):
        assert sentence in page, sentence


@pytest.mark.parametrize("who", ["finance", "checker", "auditor"])
def test_the_home_page_asks_as_much_for_many_as_for_few(
    client: Client, cast: Cast, who: str
) -> None:
    def queries() -> int:
        home(client, who)
        with CaptureQueriesContext(connection) as asked:
            home(client, who)
        return len(asked)

    paid(cast, at=now())
    few = queries()
    lost(cast, "10.00", "5.00", "6.00", "7.00")
    for price in ("11.00", "12.00"):
        paid(cast, price, at=now())
    load(cast, [other(f"{n}.00", bank_reference=f"R-{n}") for n in range(1, 30)])
    assert queries() <= few
