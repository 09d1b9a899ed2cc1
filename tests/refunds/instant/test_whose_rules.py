"""Whose rules decide, and what the case keeps and shows of it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from backoffice.actors import INSTALLER, system
from backoffice.audit.recording import recorded
from backoffice.clock import now
from merchants.models import Store
from refunds.instant import rules
from refunds.instant.trying import hints
from refunds.models import DecidedBy, InstantRule, RefundCase, State
from tests.cast import Cast
from tests.refunds.factories import fetch, make_case, make_order
from tests.refunds.instant.asking import flag, received, show


@pytest.fixture
def own(cast: Cast) -> Iterator[InstantRule]:
    """Store A's own rule, up to ¥10."""
    with recorded(system(INSTALLER), "Its own."):
        yield InstantRule.objects.create(
            store=cast.a, name="Own", kind="refund_only", most_amount=10, photo_needed=False,
            valid_from=now() - timedelta(hours=1),
        )  # fmt: skip


def test_a_store_with_rules_of_its_own_goes_by_them_alone(cast: Cast, own: InstantRule) -> None:
    assert rules.in_force(cast.a, now()) == [own]
    assert len(rules.in_force(cast.b, now())) == 3
    assert show(make_case(received(cast.a), cast.staff), cast).state == State.REQUESTED
    assert make_case(received(cast.a, "10.00"), cast.staff).rule == own


def test_a_rule_decides_from_its_start_to_its_end(cast: Cast, own: InstantRule) -> None:
    own.valid_until = now() + timedelta(hours=1)
    own.save(update_fields=["valid_until"])
    assert own in rules.in_force(cast.a, own.valid_from)
    assert own not in rules.in_force(cast.a, own.valid_from - timedelta(seconds=1))
    assert own not in rules.in_force(cast.a, own.valid_until)


def test_the_page_says_why_no_rule_approved(client: Client, cast: Cast, small: RefundCase) -> None:
    assert [str(hint.rule) for hint in hints(fetch(small))] == ["Low value, received"]
    client.force_login(cast.staff)
    page = reverse("admin:refunds_refundcase_change", args=[small.pk])
    assert "no photo" in client.get(page).content.decode()
    with recorded(system(INSTALLER), "For a test."):
        flag(cast, small)
    assert "An article of the case is flagged." in client.get(page).content.decode()


def test_the_page_says_which_rule_decided_and_by_what(
    client: Client, cast: Cast, small: RefundCase
) -> None:
    show(small, cast)
    client.force_login(cast.staff)
    text = client.get(reverse("admin:refunds_refundcase_change", args=[small.pk])).content.decode()
    assert "The rule “Low value, received” approved this at once" in text
    assert "at most ¥30.00" in text
    history = reverse("admin:refunds_refundcase_history", args=[small.pk])
    assert "Amount: ¥30.00 (at most ¥30.00) · Photo: yes" in client.get(history).content.decode()


def test_opening_by_the_form_says_that_a_rule_approved(
    client: Client, cast: Cast, telling: Store
) -> None:
    order = make_order(telling)
    client.force_login(cast.staff)
    line = order.lines.get()
    reason = RefundCase._meta.get_field("reason").related_model.objects.get(code="C01")
    response = client.post(
        reverse("admin:refunds_refundcase_open", args=[order.pk]),
        {"kind": "refund_only", "reason": reason.pk, f"line_{line.pk}": 1, "in_money": "on"},
        follow=True,
    )
    assert "a rule approved it at once" in response.content.decode()
    assert RefundCase.objects.get(order=order).decided_by == DecidedBy.RULE
