"""What a currency cannot be divided into, and currencies that do not fit, are refused wherever they enter."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from backoffice.actors import INSTALLER, person, system
from backoffice.audit.recording import recorded
from backoffice.exceptions import BadInput
from merchants.models import Store
from orders.models import Order
from refunds.batches.building import build
from refunds.batches.files import export
from refunds.batches.handed_out import opened
from refunds.ledger import deposits
from refunds.models import CheckingLimit, LedgerEntry, RefundBatch, RefundCase
from refunds.payouts.queueing import redirect
from refunds.workflow import perform
from tests.cast import Cast
from tests.orders import files as order_files
from tests.refunds.bankfiles.test_bank_transfers import ACCOUNT, with_account
from tests.refunds.factories import fetch, make_case, make_order
from tests.refunds.money import bring_day, csv_of, queue_payouts, release, send
from tests.refunds.reconciliation.statements import brought, out
from tests.refunds.requests import files as request_files

FINER, DINARS = "has more decimals than", "Amounts in KWD have 3 decimals, and here is room for 2."


@pytest.fixture
def yen(cast: Cast) -> Order:
    """An order that was paid in yen."""
    with recorded(system(INSTALLER), "A store that sells abroad."):
        cast.a.currency = "JPY"
        cast.a.save()
    return make_order(cast.a, (2, "500"))


@pytest.mark.parametrize(
    ("currency", "changes", "why"),
    [
        ("JPY", {"Unit_price": "100.5"}, FINER),
        ("CNY", {"Unit_price": "1.234"}, FINER),
        ("KWD", {"Unit_price": "1.25"}, DINARS),
        ("XAU", {}, "is not a currency"),
    ],
)
def test_an_order_file(cast: Cast, currency: str, changes: dict[str, str], why: str) -> None:
    bad = [*order_files.row(**changes), currency]
    good = [*order_files.row(Order_number="N2"), "JPY"]
    good[order_files.HEADER.index("Unit price")] = "1250.00"
    content = order_files.table(bad, good, header=[*order_files.HEADER, "Currency"])
    run = order_files.load(cast.a, content)
    [(row, _column, message)] = order_files.problems(run)
    assert row == 2
    assert why in message
    assert list(Order.objects.values_list("number", "currency")) == [("N2", "JPY")]


@pytest.mark.parametrize("said", [{"amount": "100.5"}, {"freight": "0.5"}])
def test_a_file_of_requests(cast: Cast, yen: Order, said: dict[str, str]) -> None:
    bad = request_files.row(yen, **said)
    good = request_files.row(yen, number="R2", amount="500.00")
    run = request_files.load(cast.a, request_files.table(bad, good))
    [(row, _column, message)] = request_files.problems(run)
    assert row == 2
    assert f"{FINER} JPY has." in message
    assert [case.amount_requested for case in RefundCase.objects.all()] == [Decimal(500)]


def test_a_case_its_approval_and_its_offer(cast: Cast, yen: Order) -> None:
    with pytest.raises(BadInput, match=r"“0\.5” has more decimals than JPY"):
        make_case(yen, cast.staff, freight=Decimal("0.5"))
    case = make_case(yen, cast.staff)
    actor = person(cast.staff)
    for act in (
        {"action": "approve", "amount": Decimal("100.5")},
        {"action": "offer", "amount": Decimal("100.5"), "words": "Half of it?"},
    ):
        with pytest.raises(BadInput, match=r"“100\.5” has more decimals than JPY"):
            perform(case_id=case.pk, actor=actor, **act)
    assert fetch(case).state == "requested"
    perform("approve", case_id=case.pk, actor=actor, amount=Decimal("100"))
    assert fetch(case).amount_approved == 100


def test_the_bank_s_results_and_statements(cast: Cast) -> None:
    payout = queue_payouts(cast.a, cast.staff)[0]
    send(cast, payout)
    for amount, currency, why in [
        ("50.001", "CNY", FINER),
        ("100.5", "JPY", FINER),
        ("50.00", "KWD", DINARS),
    ]:
        run = bring_day(cast, csv_of([[payout.number, amount, currency, "settled", ""]]))
        assert run.state == "quarantined"
        assert any(why in problem.message for problem in run.problems.all())
        statement = brought(cast, [out(payout, amount=amount, currency=currency)])
        assert statement.state == "refused"
        assert why in statement.message


@pytest.mark.parametrize(
    ("amount", "currency", "why"), [("0.001", "CNY", FINER), ("5.5", "JPY", FINER), ("5", "KWD", DINARS)]
)  # fmt: skip
def test_a_deposit(cast: Cast, amount: str, currency: str, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        deposits.book(
            merchant_id=cast.merchant.pk, kind=LedgerEntry.Kind.PAID_IN, amount=Decimal(amount),
            currency=currency, reference="B-1", actor=person(cast.platform),
        )  # fmt: skip
    assert not LedgerEntry.objects.exists()


def test_a_store_a_profile_and_a_limit(cast: Cast, client: Client) -> None:
    client.force_login(cast.platform)
    for name in ("merchants_store", "orders_importprofile", "refunds_checkinglimit"):
        answer = client.post(reverse(f"admin:{name}_add"), {"currency": "KWD"})
        assert DINARS in str(answer.context["adminform"].form.errors["currency"])
    assert not Store.objects.filter(currency="KWD").exists()


@pytest.mark.parametrize(
    ("file_format", "amount"), [("csv", ",500,JPY"), ("xml", '<InstdAmt Ccy="JPY">500</InstdAmt>')]
)
def test_a_bank_s_file_has_the_decimals_of_its_currency(
    cast: Cast, yen: Order, file_format: str, amount: str
) -> None:
    batch = _released(cast)
    kept = export(batch_id=batch.pk, actor=person(cast.finance), file_format=file_format)
    text = opened(kept).decode()
    assert text.count(amount) == 1
    assert "500.00" not in text


def _released(cast: Cast) -> RefundBatch:
    """A batch of one transfer of 500 yen."""
    with_account(cast.a)
    with recorded(system(INSTALLER), "One signature is enough in yen."):
        CheckingLimit.objects.create(
            currency="JPY", batch_amount=10**6, line_amount=10**6, starts_on="2020-01-01"
        )
    finance, [payout] = person(cast.finance), queue_payouts(cast.a, cast.staff, "500")
    redirect(payout_id=payout.pk, way=ACCOUNT, note="The buyer wrote it.", actor=finance)
    batch = build(store_id=cast.a.pk, currency="JPY", actor=finance)
    return release(batch_id=batch.pk, actor=person(cast.checker))
