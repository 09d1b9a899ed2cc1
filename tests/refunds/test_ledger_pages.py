"""The ledger's pages: who reads which books, and how a deposit is booked."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from backoffice.models import User
from refunds.models import LedgerEntry
from tests.cast import Cast
from tests.refunds.money import give_role, sent_batch
from tests.refunds.test_ledger import deposit

pytestmark = pytest.mark.once  # PostgreSQL opens every page in tests/access/test_opening.py

ACCOUNTS = "admin:refunds_ledgerentry_accounts"
FORM = {"kind": "paid_in", "amount": "500.00", "currency": "cny", "reference": "BANK-7"}


@pytest.fixture
def page(client: Client, cast: Cast) -> str:
    deposit(cast, "500.00")
    return reverse(ACCOUNTS)


def read(client: Client, who: str, path: str) -> str:
    client.force_login(User.objects.get(username=who))
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_deposit_is_read_by_those_who_read_the_books_of_all_its_stores(
    client: Client, cast: Cast, page: str
) -> None:
    assert "500.00" not in read(client, "finance", page)  # of one of the merchant's two stores
    assert "500.00" in read(client, "auditor", page)
    give_role(cast, "finance", "finance", cast.a2)
    assert "500.00" in read(client, "finance", page)


def test_the_platform_books_a_deposit(client: Client, cast: Cast, page: str) -> None:
    assert "Book a deposit" in read(client, "platform", page)
    answer = client.post(page, {**FORM, "merchant": cast.merchant.pk}, follow=True)
    assert "BANK-7 is booked." in answer.content.decode()
    entry = LedgerEntry.objects.get(reference="BANK-7")
    assert (entry.amount, entry.currency) == (Decimal(500), "CNY")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"reference": "BANK-1"}, "booked before"),
        ({"kind": "paid_back", "amount": "500.01"}, "holds"),
        ({"amount": "ten"}, "Enter a number"),
        ({"currency": "QQQ"}, "is not a currency"),
        ({"merchant": "987654321"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_booked_is_answered_with_a_sentence(
    client: Client, cast: Cast, page: str, given: dict[str, str], sentence: str
) -> None:
    read(client, "platform", page)
    answer = client.post(page, {**FORM, "merchant": cast.merchant.pk, **given})
    assert answer.status_code >= 400
    assert sentence in answer.content.decode()
    assert LedgerEntry.objects.count() == 1


def test_a_case_shows_its_movements_to_those_who_read_the_books(client: Client, cast: Cast) -> None:
    payout = sent_batch(cast, "10.00").payouts.get()
    path = reverse("admin:refunds_refundcase_change", args=[payout.case_id])
    entry = reverse("admin:refunds_ledgerentry_change", args=[payout.ledger.get().pk])
    assert entry in read(client, "finance", path)
    assert entry not in read(client, "staff", path)
