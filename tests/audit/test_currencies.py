"""Amounts in a row's own history are in the money that they are in, and figures are none."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from backoffice.actors import person
from backoffice.audit.currencies import path_to_currency
from backoffice.audit.recording import recorded
from backoffice.audit.timeline import Entry, timeline, versions_of
from merchants.models import Answer, Assessment, Store
from orders.models import OrderLine
from refunds.models import CaseLine, RefundCase, RefundPolicy
from refunds.workflow import perform
from tests.cast import Cast
from tests.refunds.factories import fetch, make_case, make_order

pytestmark = pytest.mark.django_db


def amounts(entries: list[Entry], label: str) -> set[str]:
    """What the entries, and what was done along with them, say of a field."""
    every = [part for entry in entries for part in (entry, *entry.parts)]
    return {change.after for entry in every for change in entry.changes if change.label == label}


def test_a_case_s_amounts_and_those_of_its_lines_are_in_its_currency(cast: Cast) -> None:
    case = make_case(make_order(cast.a, (1, "500.00")), cast.staff)
    case = fetch(perform("approve", case_id=case.pk, actor=person(cast.staff), amount=Decimal(20)))
    assert amounts(versions_of(case), "approved") == {"¥20.00"}
    entries = timeline([case, *case.lines.all()])
    assert amounts(entries, "approved") == {"¥20.00"}
    assert "¥500.00" in amounts(entries, "requested")


def test_the_page_of_the_history_says_so_too(client: Client, cast: Cast) -> None:
    with recorded(person(cast.platform), "The cap was raised."):
        cast.a.daily_cap_amount = Decimal(1500)
        cast.a.save()
    client.force_login(cast.platform)
    page = client.get(reverse("admin:merchants_store_history", args=[cast.a.pk]))
    assert "¥1,500.00" in page.content.decode()


@pytest.mark.once
def test_what_is_no_money_has_no_currency() -> None:
    assert {path_to_currency(model) for model in (Answer, Assessment)} == {""}
    assert path_to_currency(RefundPolicy) == "store__currency"
    assert path_to_currency(CaseLine) == "case__currency"
    assert path_to_currency(OrderLine) == "order__currency"
    assert {path_to_currency(model) for model in (RefundCase, Store)} == {"currency"}
