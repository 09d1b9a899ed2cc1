"""Colleagues who are called, told, and offered; and those of other stores, who are not."""

import pytest
from django.test import Client

from backoffice.actors import INSTALLER, system
from backoffice.audit.recording import recorded
from backoffice.exceptions import BadInput, NotAllowed, NotFound
from backoffice.models import User
from merchants.models import Membership
from refunds.models import Notice, RefundCase
from refunds.talking.mentions import colleagues, mentioned
from tests.cast import Cast
from tests.refunds.disputes import act
from tests.refunds.talking.case_page import do, page, said

pytestmark = pytest.mark.once


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
