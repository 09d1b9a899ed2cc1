"""What people see and do about gateways in the admin."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from backoffice.models import User
from refunds.gateways import accounts
from refunds.gateways.sending import begin_batches, claim
from refunds.gateways.working import work
from refunds.models import Payout, PayoutGateway
from tests.cast import Cast
from tests.gateways.paying import open_gateway, released_batch
from tests.gateways.provider import Provider

pytestmark = [pytest.mark.once, pytest.mark.django_db]


def as_user(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="backoffice.accounts.signing_in.PasswordBackend")
    return client


def page_of(user: User, payout: Payout) -> str:
    answer = as_user(user).get(reverse("admin:refunds_payout_change", args=[payout.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_payout_s_page_says_where_it_is_and_what_comes_next(
    cast: Cast, provider: Provider
) -> None:
    batch = released_batch(cast, "50.00")
    payout = Payout.objects.get(batch=batch)
    assert "A worker sends it within seconds." in page_of(cast.finance, payout)
    begin_batches()
    claim(PayoutGateway.objects.get())
    assert "It is being sent at this moment." in page_of(cast.finance, payout)


def test_finance_has_the_provider_asked_on_the_payout_s_page(
    cast: Cast, provider: Provider
) -> None:
    provider.behave(lose=1)
    payout = Payout.objects.get(batch=released_batch(cast, "50.00"))
    work()
    page = page_of(cast.finance, payout)
    assert "Nobody knows yet whether this was paid." in page
    assert "Ask the provider now" in page
    assert "Ask the provider now" not in page_of(cast.staff, payout)
    address = reverse("admin:refunds_payout_ask", args=[payout.pk])
    assert as_user(cast.staff).post(address).status_code == 403
    assert as_user(cast.staff2).post(address).status_code == 404
    assert as_user(cast.finance).get(address).status_code == 405

    answer = as_user(cast.finance).post(address, follow=True)
    page = answer.content.decode()
    assert "Its answer: Paid." in page
    assert "SB-" in page
    assert "A person had the provider asked." in page
    assert Payout.objects.get(pk=payout.pk).state == "settled"
    refused = as_user(cast.finance).post(address)
    assert (refused.status_code, "nothing to ask" in refused.content.decode()) == (409, True)


def form(**fields: Any) -> dict[str, Any]:
    return {
        "provider": "sandbox",
        "account": "demo",
        "channel": "",
        "in_use": "on",
        "per_minute": "60",
        "change_reason": "A contract was signed.",
        **fields,
    }


def test_the_platform_opens_a_gateway_whose_keys_are_there(cast: Cast, provider: Provider) -> None:
    address, client = reverse("admin:refunds_payoutgateway_add"), as_user(cast.platform)
    refused = client.post(address, form(store=cast.a.pk, account="main"))
    assert "do not name sandbox:main" in refused.content.decode()
    assert client.post(address, form(store=cast.a.pk)).status_code == 302
    gateway = PayoutGateway.objects.get()
    assert gateway.history.get().history_change_reason == "A contract was signed."
    twice = client.post(address, form(store=cast.a.pk))
    assert "Take that one out of use first." in twice.content.decode()


def test_finance_pauses_its_store_s_gateway_and_changes_nothing_else(
    cast: Cast, provider: Provider
) -> None:
    gateway = open_gateway(cast.a, per_minute=7)
    address = reverse("admin:refunds_payoutgateway_change", args=[gateway.pk])
    forged = form(paused="on", per_minute="9999", account="main", change_reason="Looks wrong.")
    assert as_user(cast.finance).post(address, forged).status_code == 302
    changed = PayoutGateway.objects.get()
    assert (changed.paused, changed.in_use, changed.per_minute, changed.account) == (
        True,
        True,
        7,
        "demo",
    )
    version = changed.history.latest()
    assert (version.history_user, version.history_change_reason) == (cast.finance, "Looks wrong.")
    assert as_user(cast.manager).post(address, form()).status_code in (403, 405)


def test_the_lists_of_gateways_and_notices_open(cast: Cast, provider: Provider) -> None:
    open_gateway(cast.a)
    accounts.forget()
    for name in ("payoutgateway", "gatewaynotice"):
        answer = as_user(cast.finance).get(reverse(f"admin:refunds_{name}_changelist"))
        assert answer.status_code == 200
