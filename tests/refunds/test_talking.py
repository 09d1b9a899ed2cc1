"""Messages and notes: who says what for whom, kept as it was written, and never run."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import escape

from backoffice.actors import INSTALLER, person, system
from backoffice.audit.models import UnrecordedChange
from backoffice.audit.recording import recorded
from backoffice.clock import now
from backoffice.exceptions import BadInput, NotAllowed, NotFound
from backoffice.models import User
from backoffice.roles import ROLES
from merchants.models import Membership
from refunds.models import Message, Notice, RefundCase
from refunds.models.messages import MessageFixed
from refunds.talking.mentions import colleagues, mentioned
from refunds.talking.texts import LONGEST, tidy
from tests.cast import Cast
from tests.personal import plain
from tests.refunds.disputes import act
from tests.refunds.factories import make_case, make_order

pytestmark = pytest.mark.once


def do(case: RefundCase, action: str) -> str:
    return reverse("admin:refunds_refundcase_do", args=[case.pk, action])


def page(case: RefundCase) -> str:
    return reverse("admin:refunds_refundcase_change", args=[case.pk])


@pytest.fixture
def case(cast: Cast) -> RefundCase:
    return make_case(make_order(cast.a), cast.staff)


def said(case: RefundCase) -> list[tuple[str, str, bool, str]]:
    rows = case.messages.values_list("author__username", "party", "internal", "body")
    return [(*row, plain(body)) for *row, body in rows]


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


# -- Colleagues.


def notices(kind: str) -> set[tuple[str, str]]:
    rows = Notice.objects.filter(kind=kind).values_list("recipient__username", "about")
    return set(rows)


def test_a_colleague_who_is_called_is_told(client: Client, cast: Cast, case: RefundCase) -> None:
    client.force_login(cast.staff)
    body = "@manager请看一下, and @legal: is that so? @manager @staff me@legal.example"
    client.post(do(case, "note"), {"body": body})
    about = f"message {case.messages.get().pk}"
    assert notices("mention") == {("manager", about), ("legal", about)}


def test_a_name_is_read_as_far_as_it_goes(cast: Cast, case: RefundCase) -> None:
    def names(text: str) -> list[str]:
        return [user.username for user in mentioned(text, case)]

    assert names("@manager2, look") == ["manager2"]
    assert names("@manager, look") == ["manager"]
    assert names("Done.@manager2和@manager。") == ["manager2", "manager"]
    assert names("a@manager.example and an @ alone") == []
    with pytest.raises(BadInput, match="@manager3"):
        names("@manager3")


def test_a_name_of_another_store_is_as_unknown_as_one_that_does_not_exist(
    client: Client, cast: Cast, case: RefundCase
) -> None:
    client.force_login(cast.manager)
    answers = []
    for name in ("staff2", "nosuch", "nobody", "timer"):
        body = f"Ask @{name}!"
        response = client.post(do(case, "note"), {"body": body})
        assert response.status_code == 400
        text = response.content.decode()
        assert f"There is no colleague “@{name}” who may see this case." in text
        answers.append(text.split("desk-page")[1].split("data-people")[0].replace(name, "NAME"))
    assert len({answer.split("value=")[0] for answer in answers}) == 1
    assert not case.messages.exists()
    assert not Notice.objects.exists()


def test_only_those_who_may_see_the_case_are_offered(
    client: Client, cast: Cast, case: RefundCase
) -> None:
    names = set(colleagues(case).values_list("username", flat=True))
    assert names == set(cast.people) - {"staff2", "nobody"}
    with recorded(system(INSTALLER), "They left."):
        Membership.objects.create(
            user=User.objects.create_user("gone", is_active=False), role="staff", store=cast.a
        )
        Membership.objects.create(
            user=User.objects.create_user("former"), role="staff", store=cast.a, active=False
        )
        Membership.objects.create(
            user=User.objects.create_user("head"), role="manager", merchant=cast.merchant
        )
    names = set(colleagues(case).values_list("username", flat=True))
    assert "head" in names
    assert not names & {"gone", "former"}
    client.force_login(cast.staff)
    text = client.get(page(case)).content.decode()
    assert "[&quot;head&quot;, &quot;head&quot;]" in text
    assert "staff2" not in text


def test_the_buyers_words_call_nobody(cast: Cast, case: RefundCase) -> None:
    act(case, cast.staff, "message", body="Tell @manager and @nosuch!", party="buyer")
    assert case.messages.count() == 1
    assert notices("mention") == set()


def test_who_works_on_the_case_hears_that_the_buyer_answered(cast: Cast, case: RefundCase) -> None:
    with recorded(system(INSTALLER), "Given to the manager."):
        case.assignee = cast.manager
        case.save()
    act(case, cast.staff, "message", body="Any news?", party="buyer")
    act(case, cast.manager, "message", body="They called.", party="buyer")
    assert len(notices("answer")) == 1
    assert {name for name, _about in notices("answer")} == {"manager"}


def test_nobody_writes_about_a_case_of_another_store(
    client: Client, cast: Cast, case: RefundCase
) -> None:
    client.force_login(cast.staff2)
    for action in ("message", "note"):
        with pytest.raises(NotFound):
            act(case, cast.staff2, action, body="Hello.")
        assert client.post(do(case, action), {"body": "Hello."}).status_code == 404
        for user in (cast.auditor, cast.finance, cast.checker):
            with pytest.raises(NotAllowed):
                act(case, user, action, body="Hello.")
    assert said(case) == []


# -- The page.


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
