"""Messages and notes: who says what for whom, kept as it was written, and never run."""

from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from backoffice.actors import person
from backoffice.audit.models import UnrecordedChange
from backoffice.audit.recording import recorded
from backoffice.clock import now
from backoffice.exceptions import BadInput, NotAllowed
from refunds.models import Message, RefundCase
from refunds.models.messages import MessageFixed
from refunds.talking.texts import LONGEST, tidy
from tests.cast import Cast
from tests.personal import plain
from tests.refunds.disputes import act
from tests.refunds.talking.case_page import do, page, said

pytestmark = pytest.mark.once


def test_staff_write_for_the_store_and_the_platform_for_itself(
    client: Client, cast: Cast, case: RefundCase
) -> None:
    client.force_login(cast.staff)
    assert client.post(do(case, "message"), {"body": "We look into it."}).status_code == 302
    client.force_login(cast.platform)
    assert client.post(do(case, "message"), {"body": "By Friday, please."}).status_code == 302
    assert said(case) == [
        ("staff", "store", False, "We look into it."),
        ("platform", "platform", False, "By Friday, please."),
    ]
    version = case.messages.first().history.get()
    assert (version.history_user, version.action) == (cast.staff, "message")
    assert version.history_change_reason == "Somebody wrote a message."


def test_the_buyers_words_are_put_down_for_them(
    client: Client, cast: Cast, case: RefundCase
) -> None:
    client.force_login(cast.staff)
    client.post(do(case, "message"), {"body": "It is still broken!", "party": "buyer"})
    assert said(case) == [("staff", "buyer", False, "It is still broken!")]
    text = client.get(page(case)).content.decode()
    assert "written down by staff" in text


@pytest.mark.parametrize(("who", "party"), [("staff", "platform"), ("platform", "store")])
def test_nobody_speaks_for_the_other_side(
    client: Client, cast: Cast, case: RefundCase, who: str, party: str
) -> None:
    with pytest.raises(NotAllowed, match="your own side"):
        act(case, cast.people[who], "message", body="Hello.", party=party)
    client.force_login(cast.people[who])
    assert client.post(do(case, "message"), {"body": "Hello.", "party": party}).status_code == 400
    assert said(case) == []


def test_a_note_is_for_colleagues_and_looks_like_one(
    client: Client, cast: Cast, case: RefundCase
) -> None:
    client.force_login(cast.legal)
    client.post(do(case, "note"), {"body": "Their third parcel this week.", "party": "buyer"})
    assert said(case) == [("legal", "store", True, "Their third parcel this week.")]
    text = client.get(page(case)).content.decode()
    assert "is-store is-note" in text
    assert "not shown to the buyer" in text
    client.force_login(cast.staff2)
    assert client.get(page(case)).status_code == 404


def test_the_database_knows_no_internal_word_of_the_buyers(cast: Cast, case: RefundCase) -> None:
    with (
        pytest.raises(IntegrityError, match="message_internal"),
        transaction.atomic(),
        recorded(person(cast.staff), "A defect."),
    ):
        Message.objects.create(
            case=case, party="buyer", author=cast.staff, internal=True, body="?", sent_at=now()
        )


def test_a_message_stays_as_it_was_written(cast: Cast, case: RefundCase) -> None:
    act(case, cast.staff, "message", body="We refund today.")
    message = case.messages.get()
    message.body = "We refund never."
    with recorded(person(cast.staff), "A change of mind."):
        with pytest.raises(MessageFixed):
            message.save()
        with pytest.raises(UnrecordedChange):
            Message.objects.filter(pk=message.pk).update(body="Never.")
        with pytest.raises(UnrecordedChange):
            message.delete()
    assert plain(case.messages.get().body) == "We refund today."


@pytest.mark.parametrize("body", ["", " \n\t ", "\u202e", "\x07\x08"])
def test_an_empty_message_is_refused(
    client: Client, cast: Cast, case: RefundCase, body: str
) -> None:
    with pytest.raises(BadInput, match="nothing in this message"):
        act(case, cast.staff, "message", body=body)
    client.force_login(cast.staff)
    response = client.post(do(case, "note"), {"body": body})
    assert response.status_code == 400
    assert said(case) == []


def test_a_message_has_a_length_that_can_be_read(
    client: Client, cast: Cast, case: RefundCase
) -> None:
    with pytest.raises(BadInput, match="2001 characters"):
        act(case, cast.staff, "message", body="x" * (LONGEST + 1))
    client.force_login(cast.staff)
    assert client.post(do(case, "message"), {"body": "x" * (LONGEST + 1)}).status_code == 400
    act(case, cast.staff, "message", body="文" * LONGEST)
    assert len(plain(case.messages.get().body)) == LONGEST


def test_what_could_deceive_is_taken_out_of_a_text() -> None:
    assert tidy("a\r\nb\rc\x00\x1b[31m\u202egnp.exe\u2066 ") == "a\nb\nc[31mgnp.exe"
    assert tidy("  你好，👨‍👩‍👧 – fine\tso  ") == "你好，👨‍👩‍👧 – fine\tso"


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "javascript:alert(1) https://evil.example/",
        "{{ case.store.account }} {% now 'Y' %}",
        "</p></li></ol></section>",
    ],
)
def test_what_somebody_writes_is_shown_and_never_run(
    client: Client, cast: Cast, case: RefundCase, evil: str
) -> None:
    act(case, cast.staff, "message", body=evil)
    client.force_login(cast.manager)
    for address in (page(case), reverse("admin:refunds_refundcase_history", args=[case.pk])):
        text = client.get(address).content.decode()
        assert escape(evil) in text
        assert evil == escape(evil) or evil not in text
        assert 'href="javascript:' not in text
        assert 'href="https://evil' not in text


def test_the_same_words_twice_in_a_minute_are_said_once(cast: Cast, case: RefundCase) -> None:
    act(case, cast.staff, "message", body="We look into it.")
    with pytest.raises(BadInput, match="just written"):
        act(case, cast.staff, "message", body=" We look into it. ")
    act(case, cast.staff, "note", body="We look into it.")
    with time_machine.travel(now() + timedelta(minutes=2)):
        act(case, cast.staff, "message", body="We look into it.")
    assert case.messages.count() == 3


def test_a_message_does_not_go_stale_with_the_page(
    client: Client, cast: Cast, case: RefundCase
) -> None:
    act(case, cast.manager, "approve", amount=None)
    client.force_login(cast.staff)
    assert client.post(do(case, "message"), {"body": "Done.", "version": 1}).status_code == 302
