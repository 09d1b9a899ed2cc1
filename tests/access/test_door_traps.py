"""Traps at the doors: other sites, forms without a token, people with two hats."""

from typing import Any

import pytest
from django.test import Client

from backoffice.actors import INSTALLER, person, system
from backoffice.audit.recording import recorded
from backoffice.models import User
from merchants.models import Membership
from refunds.models import Payout
from refunds.workflow import perform
from tests.access.addresses import addresses
from tests.access.asking import CASES, get, leaks, post
from tests.access.walker import Walker
from tests.access.world.marks import mark
from tests.exporting.taking import content_of, made_for
from tests.people import make_person

# Providers' calls carry a signature instead of a token: without one they are refused as well.
REFUSED = {"/": {302, 403}, "hook": {400}}
pytestmark = [pytest.mark.once, pytest.mark.django_db]


@pytest.mark.parametrize(
    "away", ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_neither_the_language_nor_the_sign_in_leads_to_another_site(
    walker: Walker, away: str
) -> None:
    for who in ("staff", "anonymous"):
        answer = post(walker, who, "/i18n/setlang/", language="en", next=away)
        assert "evil" not in answer.headers["Location"]
        assert "javascript" not in answer.headers["Location"]
    signed_in = get(walker, "staff", "/admin/login/", next=away)
    assert (signed_in.status, signed_in.headers["Location"]) == (302, "/admin/")
    answer = post(
        walker, "anonymous", "/admin/login/", username="staff", password="demo", next=away
    )
    assert (answer.status, answer.headers["Location"]) == (302, "/admin/")


def test_every_form_needs_its_token(walker: Walker) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(walker.world.people["platform"])
    for address in addresses():
        path = address.path(dict.fromkeys(address.row_parts, 1))
        if path != "/healthz":
            status = client.post(path, {"note": "x"}).status_code
            assert status in REFUSED.get(address.key.partition(" ")[0], {403}), path


def test_a_person_with_two_hats_wears_each_in_its_own_store(walker: Walker) -> None:
    user = make_person("two-hats")
    with recorded(system(INSTALLER), "For a test."):
        for role, place in (("manager", "a"), ("finance", "a"), ("staff", "b")):
            Membership.objects.create(user=user, role=role, store=getattr(walker.world.cast, place))
    user = User.objects.get(pk=user.pk)
    client = walker._client(user)

    def read(path: str, **query: Any) -> str:
        return walker.send(client, "GET", path, query).text

    assert mark("b", "buyer") in read(CASES)
    table = content_of(made_for(user, "refunds.refundcase")).decode()
    assert mark("a", "buyer") in table
    assert mark("b", "buyer") not in table
    assert mark("b", "buyer") not in content_of(made_for(user, "orders.order")).decode()
    for path in (
        "/admin/refunds/refundbatch/",
        "/admin/merchants/supplier/",
    ):
        assert mark("b", path.split("/")[3]) not in read(path)
    assert mark("b", "store") not in read("/admin/refunds/refundbatch/build/")
    assert mark("b", "merchant") not in read("/admin/merchants/supplier/add/")
    chosen = walker.world.row("b", "refundcase")
    answer = walker.send(
        client,
        "POST",
        f"{CASES}approve-many/",
        {"case": [f"{chosen.pk}-{chosen.version}"], "confirm": "1", "note": "x"},
    )
    assert answer.written == {}


def test_staff_read_of_a_payout_what_the_case_page_tells(walker: Walker) -> None:
    payout = Payout.objects.filter(case__store=walker.world.cast.b, state="failed").get()
    assert (
        leaks(walker, "manager", get(walker, "manager", f"{CASES}{payout.case_id}/change/")) == []
    )
    with pytest.raises(Exception, match="no such record"):
        perform("attach", case_id=payout.case_id, actor=person(walker.world.people["staff"]))
