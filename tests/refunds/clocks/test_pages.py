"""The clock on the case page and in the list, and the dialogs that change it."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from backoffice.actors import person
from backoffice.audit.recording import recorded
from backoffice.clock import now
from refunds.models import Clock, Offer, Pause, RefundCase
from refunds.sweep import expire_deadlines
from tests.cast import Cast
from tests.refunds.clocks.waiting import HOUR, open_daytime, received, returned
from tests.refunds.factories import fetch, make_case, make_order

pytestmark = pytest.mark.once  # every page is opened on PostgreSQL by tests/access/test_opening.py

LIST = reverse("admin:refunds_refundcase_changelist")


def page(client: Client, case: RefundCase) -> str:
    address = reverse("admin:refunds_refundcase_change", args=[case.pk])
    return " ".join(client.get(address).content.decode().split())


def post(client: Client, case: RefundCase, action: str, **data: Any) -> Any:
    address = reverse("admin:refunds_refundcase_do", args=[case.pk, action])
    return client.post(address, {"version": fetch(case).version, **data})


@pytest.fixture(autouse=True)
def signed_in(client: Client, cast: Cast, at: Any) -> None:
    client.force_login(cast.staff)


def test_the_page_says_which_clock_runs_by_which_hours_and_what_then(
    client: Client, cast: Cast
) -> None:
    open_daytime(cast.a)
    case = make_case(make_order(cast.a), cast.staff, channel_due_at=now() + 90 * HOUR)
    text = page(client, case)
    assert "<strong>The store reviews</strong>" in text
    assert "Hours: Day" in text
    assert "the channel's deadline: 2026-07-10 04:00" in text
    assert "Then the timer approves it, as the policy says." in text
    assert "The store reviews" in client.get(LIST).content.decode()


def test_a_pause_by_the_dialog_is_seen_with_its_cause_and_since_when(
    client: Client, cast: Cast
) -> None:
    case = received(cast)
    assert 'id="dialog-pause"' in page(client, case)
    assert "Evidence was asked for – 48 hours at most" in page(client, case)
    response = post(client, case, "pause", cause="evidence", hours="30", note="A photo, please.")
    assert response.status_code == 302
    case = fetch(case)
    assert (case.time_left, Pause.objects.get().until) == (48 * HOUR, now() + 30 * HOUR)
    version = case.history.latest()
    assert (version.history_user, version.history_change_reason) == (cast.staff, "A photo, please.")
    text = page(client, case)
    assert "Evidence was asked for: the clock stands still since" in text
    assert "Then the clock goes on with the 2 d 0 h left." in text
    assert 'id="dialog-pause"' not in text
    history = reverse("admin:refunds_refundcase_history", args=[case.pk])
    assert "2 d 0 h</ins>" in client.get(history).content.decode()
    assert "paused" in client.get(LIST).content.decode()
    assert post(client, case, "resume").status_code == 302
    assert fetch(case).time_left is None


@pytest.mark.parametrize(
    "data",
    [
        {"cause": "evidence", "hours": "49", "note": "x"},
        {"cause": "evidence", "hours": "0", "note": "x"},
        {"cause": "evidence", "hours": "many", "note": "x"},
        {"cause": "holiday", "note": "x"},
        {"cause": "evidence", "note": ""},
        {"note": "x"},
    ],
)
def test_a_pause_that_the_policy_does_not_know_changes_nothing(
    client: Client, cast: Cast, data: dict[str, str]
) -> None:
    case = received(cast)
    response = post(client, case, "pause", **data)
    assert response.status_code == 400
    assert "is-error" in response.content.decode() or "desk-error" in response.content.decode()
    assert (fetch(case).history.count(), Pause.objects.count()) == (1, 0)


def test_an_extension_by_the_dialog(client: Client, cast: Cast) -> None:
    case = received(cast)
    assert "24 hours at most, of the store's working time" in page(client, case).replace(
        "&#x27;", "'"
    )
    assert post(client, case, "extend", hours="25", note="More.").status_code == 400
    assert post(client, case, "extend", hours="6", note="More.").status_code == 302
    assert fetch(case).due_at == now() + 54 * HOUR
    assert "extended by 6 hours" in page(client, case)


def test_an_offer_by_the_dialog_and_its_answer(client: Client, cast: Cast) -> None:
    case = received(cast)
    assert post(client, case, "offer", amount="60", words="All?").status_code == 400
    assert post(client, case, "offer", amount="20", words="").status_code == 400
    assert post(client, case, "offer", amount="20", words="Half of it?").status_code == 302
    text = page(client, case)
    assert "<strong>The buyer answers an offer</strong>" in text
    assert "The buyer was offered ¥20.00" in text
    assert "Then the offer lapses" in text
    assert post(client, case, "accept_offer").status_code == 302
    assert str(fetch(case).amount_approved) == "20.00"
    assert Offer.objects.get().history.count() == 2


def test_who_may_not_run_clocks_is_refused(client: Client, cast: Cast) -> None:
    case = received(cast)
    for user in (cast.finance, cast.auditor, cast.legal, cast.platform):
        client.force_login(user)
        for action in ("pause", "extend", "offer"):
            assert post(client, case, action, cause="evidence", hours="1").status_code == 403
    client.force_login(cast.staff2)
    assert post(client, case, "pause", cause="evidence").status_code == 404
    assert fetch(case).history.count() == 1


def test_a_stale_page_pauses_nothing(client: Client, cast: Cast) -> None:
    case = received(cast)
    post(client, case, "extend", hours="1", note="More.")
    address = reverse("admin:refunds_refundcase_do", args=[case.pk, "pause"])
    response = client.post(address, {"version": 1, "cause": "evidence", "note": "x"})
    assert response.status_code == 409
    assert not Pause.objects.exists()


@pytest.mark.parametrize(
    ("clock", "sentence"),
    [
        (Clock.SHIP_BACK, "Then the case is withdrawn"),
        (Clock.ESCALATE, "then the case is closed"),
        (Clock.ARBITRATE, "No timer does it in its place"),
        (Clock.APPEAL, "Until then the merchant may appeal"),
    ],
)
def test_each_clock_says_what_happens_then(
    client: Client, cast: Cast, clock: str, sentence: str
) -> None:
    case = received(cast)
    with recorded(person(cast.staff), "For a test."):
        case.clock = clock
        case.save()
    text = page(client, case)
    assert sentence in text
    assert "Hours: around the clock" in text


def test_a_held_case_says_why_and_that_a_person_decides(
    client: Client, cast: Cast, at: Any
) -> None:
    case = received(cast)
    at.move_to(case.due_at + timedelta(minutes=1))
    expire_deadlines()
    client.force_login(cast.staff)  # the first session has ended meanwhile
    text = page(client, case)
    assert "The policy hands such cases to a person at the deadline." in text
    assert "A person has to decide." in text


def test_the_buyers_clock_offers_its_own_pauses(client: Client, cast: Cast) -> None:
    text = page(client, returned(cast))
    assert "Holiday notice" in text
    assert "Evidence was asked for –" not in text
    assert 'id="dialog-extend"' not in text
