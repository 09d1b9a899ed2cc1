"""The thread on the case's page."""

from dataclasses import replace

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from backoffice.roles import ROLES
from refunds.models import RefundCase
from tests.cast import Cast
from tests.personal import plain
from tests.refunds.disputes import act
from tests.refunds.talking.case_page import page

pytestmark = pytest.mark.once


def test_the_page_shows_the_thread_oldest_first_and_the_rest_on_request(
    client: Client, cast: Cast, case: RefundCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("refunds.admin.cases.conversation.LATEST", 2)
    for n in range(4):
        act(case, cast.staff, "message" if n % 2 else "note", body=f"Word {n}.")
    client.force_login(cast.manager)
    talk = client.get(page(case)).context["talk"]
    assert [plain(message.body) for message in talk] == ["Word 2.", "Word 3."]
    assert "Show 2 earlier ones" in client.get(page(case)).content.decode()
    talk = client.get(page(case), {"talk": "all"}).context["talk"]
    assert [plain(message.body) for message in talk] == [f"Word {n}." for n in range(4)]


def test_the_thread_is_for_those_who_may_read_messages(
    client: Client, cast: Cast, case: RefundCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    act(case, cast.staff, "note", body="Their third parcel this week.")
    history = reverse("admin:refunds_refundcase_history", args=[case.pk])
    client.force_login(cast.auditor)
    assert [message.internal for message in client.get(page(case)).context["talk"]] == [True]
    assert "Their third parcel" not in client.get(history).content.decode()  # words are masked
    assert "Note written" in client.get(history).content.decode()
    fewer = replace(
        ROLES["auditor"], permissions=ROLES["auditor"].permissions - {"refunds.view_message"}
    )
    monkeypatch.setitem(ROLES, "auditor", fewer)
    shown = client.get(page(case)).context
    assert (shown["talk"], shown["talk_notes"]) == ([], 0)
    for path in (page(case), history):
        assert "Their third parcel" not in client.get(path).content.decode()


def test_many_messages_need_no_more_queries(client: Client, cast: Cast, case: RefundCase) -> None:
    client.force_login(cast.manager)
    act(case, cast.staff, "message", body="First.")
    act(case, cast.staff, "note", body="First.")
    client.get(page(case))
    with CaptureQueriesContext(connection) as few:
        client.get(page(case))
    for n in range(20):
        act(case, cast.staff, "note" if n % 2 else "message", body=f"Word {n}.")
    with CaptureQueriesContext(connection) as many:
        client.get(page(case))
    assert len(many) == len(few)
