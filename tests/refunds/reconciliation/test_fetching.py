"""What the provider booked, asked of the provider itself: once a day is over, once, and held against ours."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache

from backoffice import clock
from backoffice.actors import IMPORTER, INSTALLER, person, system
from backoffice.audit.recording import recorded
from backoffice.exceptions import WrongState
from refunds.gateways.working import work
from refunds.models import (
    BankLine,
    Difference,
    Payout,
    PayoutGateway,
    ReconciliationDay,
    StatementImport,
)
from refunds.reconciliation import fetching
from refunds.reconciliation.closing import close
from refunds.reconciliation.fetching import fetch_due, look_for_days
from refunds.reconciliation.ticking import reconcile
from tests.cast import Cast
from tests.gateways.paying import open_gateway, released_batch
from tests.gateways.provider import Provider
from tests.refunds.invariants import broken
from tests.refunds.money import queue_payouts

pytestmark = [pytest.mark.once, pytest.mark.django_db]
LATER = timedelta(hours=25)


def paid(cast: Cast, *prices: str) -> list[Payout]:
    """Payouts of store A that its provider has just paid."""
    batch = released_batch(cast, *prices)
    work()
    return list(Payout.objects.filter(batch=batch).order_by("pk"))


def a_day_later(hours: float = 0) -> Any:
    return time_machine.travel(clock.now() + LATER + timedelta(hours=hours), tick=True)


def days() -> list[ReconciliationDay]:
    return list(ReconciliationDay.objects.order_by("pk"))


def differences() -> list[tuple[str, str]]:
    rows = Difference.objects.exclude(state="resolved").order_by("pk")
    return list(rows.values_list("detail", "payout__number"))


def test_a_day_that_is_over_is_fetched_once_and_agrees(cast: Cast, provider: Provider) -> None:
    paid(cast, "50.00", "20.00")
    reconcile()
    assert [look_for_days(), fetch_due()] == [False, 0]  # the day is not over
    with a_day_later():
        reconcile()
        assert fetch_due() == 1
        (day,) = days()
        assert (day.loaded_by, day.reported_at is not None) == (system(IMPORTER).user, True)
        assert day.loaded_person == system(IMPORTER).user.person
        run = StatementImport.objects.get()
        assert (run.state, run.account, run.uploaded_by.username) == (
            "applied", "sandbox demo", IMPORTER,
        )  # fmt: skip
        assert run.lines.count() == 2
        assert differences() == []
        cache.clear()
        assert [look_for_days(), fetch_due(), StatementImport.objects.count()] == [False, 0, 1]
    assert broken() == []


def test_what_only_the_provider_knows_is_a_difference(cast: Cast, provider: Provider) -> None:
    paid(cast, "50.00")
    wrong = {"number": "PO-BYHAN-D0000", "payment": "P", "amount": "5.00", "currency": "CNY"}
    provider.ask("/v1/refunds", "POST", wrong)
    with a_day_later():
        reconcile()
        fetch_due()
    assert differences() == [("no_payout", None)]


def test_what_the_provider_booked_on_a_day_without_ours_is_seen(
    cast: Cast, provider: Provider
) -> None:  # fmt: skip
    open_gateway(cast.a)
    by_hand = {"number": "PO-BYHAN-D0000", "payment": "P", "amount": "5.00", "currency": "CNY"}
    provider.ask("/v1/refunds", "POST", by_hand)
    with a_day_later():
        assert look_for_days() is False
        reconcile()
        assert [look_for_days(), fetch_due()] == [True, 1]
        (day,) = days()
        assert differences() == [("no_payout", None)]
        assert Difference.objects.get().kind == "theirs"
        assert close_error(cast, day) == "1 difference is not explained and signed."


def test_a_day_on_which_nothing_happened_is_reported_and_closes(
    cast: Cast, provider: Provider
) -> None:  # fmt: skip
    open_gateway(cast.a)
    with a_day_later():
        reconcile()
        (day,) = days()
        assert close_error(cast, day) == (
            "No report of the whole day has come yet. Load the bank's statement first."
        )
        assert fetch_due() == 1
        assert close_error(cast, day) == ""
        assert days()[0].state == "closed"


def close_error(cast: Cast, day: ReconciliationDay) -> str:
    """Why the checker cannot close the day; closes it where nothing hinders."""
    try:
        close(day_id=day.pk, actor=person(cast.checker))
    except WrongState as refusal:
        return str(refusal)
    return ""


def test_what_we_only_have_as_paid_is_a_difference(cast: Cast, provider: Provider) -> None:
    (payout,) = paid(cast, "50.00")
    provider.stop()
    for file in provider.folder.glob("sandbox.sqlite3*"):
        file.unlink()  # the provider has forgotten everything
    provider.start()
    with a_day_later():
        reconcile()
        assert fetch_due() == 1
        assert [day.reported_at is not None for day in days()] == [True]
        assert StatementImport.objects.count() == 0
    assert differences() == [("no_line", payout.number)]


def test_what_came_back_opens_its_case_again(cast: Cast, provider: Provider) -> None:
    (payout,) = paid(cast, "50.00")
    provider.ask("/admin/bounce", "POST", {"number": payout.number})
    with a_day_later():
        reconcile()
        fetch_due()
        payout = Payout.objects.get(pk=payout.pk)
        assert (payout.state, payout.bank_reason, payout.case.state) == (
            "returned", "The buyer's bank sent it back.", "reviewed",
        )  # fmt: skip
        assert [line.direction for line in BankLine.objects.order_by("pk")] == ["out", "in"]
        assert differences() == []
    assert broken() == []


def test_a_provider_that_does_not_answer_is_asked_again_later(
    cast: Cast, provider: Provider
) -> None:  # fmt: skip
    paid(cast, "50.00")
    provider.stop()
    with a_day_later():
        reconcile()
        assert fetch_due() == 0
        assert fetch_due() == 0
        assert [day.reported_at for day in days()] == [None]
    provider.start()
    with a_day_later(hours=2):
        cache.clear()
        assert fetch_due() == 1
        assert StatementImport.objects.get().state == "applied"


def test_stores_that_share_an_account_get_their_own_lines(
    cast: Cast, provider: Provider
) -> None:  # fmt: skip
    (payout,) = paid(cast, "50.00")
    open_gateway(cast.b)
    with recorded(system(INSTALLER), "For a test."):
        other = ReconciliationDay(store=cast.b, account="sandbox demo", currency="CNY")
        other.day, other.starts_at = clock.now().date(), clock.now() - timedelta(hours=1)
        other.ends_at = clock.now() + timedelta(hours=1)
        other.save()
    with a_day_later():
        reconcile()
        assert fetch_due() == 2
    assert list(BankLine.objects.values_list("store", "number")) == [(cast.a.pk, payout.number)]
    assert differences() == []


def test_a_number_of_a_store_that_does_not_share_the_account_is_the_first_ones(
    cast: Cast, provider: Provider
) -> None:  # fmt: skip
    (payout,) = queue_payouts(cast.b, cast.staff2, "50.00")
    open_gateway(cast.a)
    ours = {"number": payout.number, "payment": "P", "amount": "50.00", "currency": "CNY"}
    provider.ask("/v1/refunds", "POST", ours)
    with a_day_later():
        reconcile()
        assert fetch_due() == 1
    assert list(BankLine.objects.values_list("store", "number")) == [(cast.a.pk, payout.number)]
    assert differences() == [("no_payout", None)]


def test_a_file_that_is_refused_reports_nothing(
    cast: Cast, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    paid(cast, "50.00")
    row = fetching._row
    monkeypatch.setattr(fetching, "_row", lambda *given: ("", "many", *row(*given)[2:]))
    with a_day_later():
        reconcile()
        fetch_due()
        assert StatementImport.objects.get().state == "refused"
        assert [day.reported_at for day in days()] == [None]


def test_a_provider_without_a_list_is_left_to_people(cast: Cast, provider: Provider) -> None:
    paid(cast, "50.00")
    with recorded(system(INSTALLER), "For a test."):
        for gateway in PayoutGateway.objects.all():
            gateway.provider = "alipay"
            gateway.save()
    with a_day_later():
        reconcile()
        assert [look_for_days(), fetch_due()] == [False, 0]
