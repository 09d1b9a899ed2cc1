"""Canned replies: a closed list of placeholders, filled in the buyer's language."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from backoffice.actors import person
from backoffice.audit.recording import recorded
from backoffice.privacy.reading import looking
from orders.models import Buyer
from refunds.models import CannedReply, RefundCase
from refunds.talking.canned import replies_for
from refunds.talking.placeholders import EXAMPLES, check, fill
from refunds.talking.values import WORDS
from tests.cast import Cast
from tests.personal import plain
from tests.refunds.factories import make_case, make_order
from tests.refunds.money import give_role

pytestmark = pytest.mark.once

LIST = reverse("admin:refunds_cannedreply_changelist")
ADD = reverse("admin:refunds_cannedreply_add")


def change(reply: CannedReply) -> str:
    return reverse("admin:refunds_cannedreply_change", args=[reply.pk])


def make_reply(cast: Cast, **values: Any) -> CannedReply:
    values = {"store": cast.a, "title": "Refunded", "body": "Dear {buyer}: {amount}.", **values}
    with recorded(person(cast.manager), "A reply for a test."):
        return CannedReply.objects.create(**values)


def form(cast: Cast, **values: Any) -> dict[str, Any]:
    return {
        "store": cast.a.pk,
        "title": "Refunded",
        "title_zh": "已退款",
        "body": "Dear {buyer}, {amount} is on its way.",
        "body_zh": "{buyer}您好,{amount}已退回。",
        "active": "on",
        "change_reason": "Asked for every day.",
        **values,
    }


@pytest.fixture
def case(cast: Cast) -> RefundCase:
    return make_case(make_order(cast.a), cast.staff)


def test_a_manager_writes_a_reply_for_the_store(client: Client, cast: Cast) -> None:
    client.force_login(cast.manager)
    assert client.post(ADD, form(cast)).status_code == 302
    reply = CannedReply.objects.get()
    assert (reply.store, reply.title_zh) == (cast.a, "已退款")
    version = reply.history.get()
    assert (version.history_user, version.history_change_reason) == (
        cast.manager,
        "Asked for every day.",
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{case.__class__}", "There is no placeholder “{case.__class__}”"),
        ("{0}", "There is no placeholder “{0}”"),
        ("{}", "There is no placeholder “{}”"),
        ("{buyer!r}", "There is no placeholder “{buyer!r}”"),
        ("{amount:>999999999}", "There is no placeholder"),
        ("{order.buyer}", "There is no placeholder"),
        ("{buyer[0]}", "There is no placeholder"),
        ("{ buyer }", "There is no placeholder"),
        ("{password}", "There is no placeholder “{password}”"),
        ("Dear {buyer", "without its other half"),
        ("Dear buyer}", "without its other half"),
        ("{{buyer}}", "without its other half"),
    ],
)
@pytest.mark.parametrize("field", ["body", "body_zh"])
def test_a_placeholder_that_there_is_not_is_refused_on_saving(
    client: Client, cast: Cast, text: str, words: str, field: str
) -> None:
    client.force_login(cast.manager)
    response = client.post(ADD, form(cast, **{field: text}))
    assert response.status_code == 200
    errors = response.context["adminform"].form.errors
    assert list(errors) == [field]
    assert words in str(errors[field].as_data()[0].messages[0])
    assert not CannedReply.objects.exists()
    with pytest.raises(ValidationError):
        make_reply(cast, **{field: text})


def test_values_are_never_read_as_placeholders() -> None:
    values = {"buyer": "{order} {case.__class__}", "order": "SECRET"}
    assert fill("Dear {buyer}", values) == "Dear {order} {case.__class__}"


def test_every_placeholder_has_a_value_and_an_example() -> None:
    assert set(WORDS) == set(EXAMPLES)
    for name in WORDS:
        check(f"{{{name}}}")


def test_a_reply_is_filled_in_the_buyers_language(cast: Cast, case: RefundCase) -> None:
    names = " ".join(f"{{{name}}}" for name in WORDS)
    make_reply(cast, body=f"Hello {names}", body_zh=f"您好 {names}")
    with looking(cast.staff, "/"):
        ((_reply, text),) = replies_for(case, cast.staff)
    assert text.startswith("您好 Buyer")
    assert f"{case.order.number} {case.number} ¥50.00 Store A" in text
    assert "不想要" in text
    with recorded(person(cast.staff), "They moved."):
        buyer = Buyer.objects.get(pk=case.order.buyer_id)
        buyer.country = "United Kingdom"
        buyer.save()
    case = RefundCase.objects.get(pk=case.pk)
    with looking(cast.staff, "/"):
        ((_reply, text),) = replies_for(case, cast.staff)
    assert text.startswith("Hello Buyer")
    assert "¥50.00" in text
    assert "mind" in text


def test_the_dialog_offers_the_stores_active_replies(
    client: Client, cast: Cast, case: RefundCase
) -> None:
    make_reply(cast)
    make_reply(cast, title="Old", active=False, body="RETIRED")
    make_reply(cast, store=cast.b, title="Theirs", body="FOREIGN")
    client.force_login(cast.staff)
    text = client.get(reverse("admin:refunds_refundcase_change", args=[case.pk])).content.decode()
    assert f"Dear {plain(case.order.buyer.name)}: ¥50.00." in text
    assert "RETIRED" not in text
    assert "FOREIGN" not in text


def test_who_works_in_two_stores_is_offered_the_case_s_own_voice_only(
    client: Client, cast: Cast, case: RefundCase
) -> None:
    make_reply(cast, body="OURS")
    make_reply(cast, store=cast.a2, body="OF THE SISTER")
    client.force_login(give_role(cast, "staff", "staff", cast.a2))
    address = reverse("admin:refunds_refundcase_do", args=[case.pk, "message"])
    shown = client.get(address).content.decode()
    assert "OURS" in shown
    assert "OF THE SISTER" not in shown


def test_the_platform_is_not_offered_the_stores_voice(
    client: Client, cast: Cast, case: RefundCase
) -> None:
    make_reply(cast, body="OURS")
    client.force_login(cast.platform)
    address = reverse("admin:refunds_refundcase_do", args=[case.pk, "message"])
    assert "OURS" not in client.get(address).content.decode()


def test_without_scripts_a_button_fills_the_text_in(
    client: Client, cast: Cast, case: RefundCase
) -> None:
    reply = make_reply(cast)
    client.force_login(cast.staff)
    address = reverse("admin:refunds_refundcase_do", args=[case.pk, "message"])
    response = client.post(address, {"canned": reply.pk, "body": "", "fill": "1"})
    assert f"Dear {plain(case.order.buyer.name)}: ¥50.00.</textarea>" in response.content.decode()
    assert not case.messages.exists()
    theirs = make_reply(cast, store=cast.b, title="Theirs", body="FOREIGN")
    response = client.post(address, {"canned": theirs.pk, "body": "Mine.", "fill": "1"})
    assert "FOREIGN" not in response.content.decode()
    assert "Mine.</textarea>" in response.content.decode()
    assert client.post(address, {"canned": theirs.pk, "body": "Mine."}).status_code == 400


def test_the_preview_reads_as_a_buyer_would_read_it(client: Client, cast: Cast) -> None:
    reply = make_reply(cast, body="Dear {buyer} <b>", body_zh="{buyer}您好")
    client.force_login(cast.manager)
    text = client.get(change(reply)).content.decode()
    assert "Dear Lin Xiao &lt;b&gt;" in text
    assert "林晓您好" in text


def test_staff_read_replies_and_only_those_of_their_store(client: Client, cast: Cast) -> None:
    own, theirs = make_reply(cast), make_reply(cast, store=cast.b, title="THEIRS")
    client.force_login(cast.staff)
    text = client.get(LIST).content.decode()
    assert "Refunded" in text
    assert "THEIRS" not in text
    assert client.get(change(own)).status_code == 200
    assert client.post(change(own), form(cast)).status_code == 405
    assert client.get(change(theirs)).status_code == 404
    assert client.get(ADD).status_code == 403


def test_a_reply_is_written_only_for_a_store_where_one_may_write(
    client: Client, cast: Cast
) -> None:
    give_role(cast, "manager", "staff", cast.b)
    client.force_login(cast.manager)
    response = client.post(ADD, form(cast, store=cast.b.pk))
    assert response.status_code == 200
    assert "store" in response.context["adminform"].form.errors
    assert not CannedReply.objects.exists()
