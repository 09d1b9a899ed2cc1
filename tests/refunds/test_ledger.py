"""The ledger: every movement is an entry, every entry balances, and nothing of it is ever changed."""

from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils.timezone import now

from backoffice.actors import INSTALLER, TIMER, person, system
from backoffice.audit.guards.standing import install_guards, missing_guards
from backoffice.audit.recording import recorded
from backoffice.exceptions import BadInput, NotAllowed
from refunds.ledger.balances import balance
from refunds.ledger.carrying import carry_over
from refunds.ledger.checking import findings
from refunds.ledger.deposits import book
from refunds.models import Account, LedgerEntry, Payout
from tests.cast import Cast
from tests.flushing import unguarded
from tests.refunds.compensations import do, propose, settled
from tests.refunds.factories import make_order
from tests.refunds.money import answer, apply, queue_payouts, sent_batch

Kind = Account.Kind


def on(kind: str, **owner: object) -> Decimal:
    return balance(Account.objects.get(kind=kind, **owner))


def kinds(payout: Payout) -> list[str]:
    return list(payout.ledger.order_by("pk").values_list("kind", flat=True))


def deposit(
    cast: Cast, amount: str, kind: str = "paid_in", reference: str = "BANK-1"
) -> LedgerEntry:
    return book(
        merchant_id=cast.merchant.pk, kind=kind, amount=Decimal(amount), currency="CNY",
        reference=reference, actor=person(cast.platform),
    )  # fmt: skip


def test_what_is_sent_is_on_its_way_and_what_is_settled_is_with_the_buyers(cast: Cast) -> None:
    batch = sent_batch(cast, "10.00", "5.50")
    good, bad = batch.payouts.order_by("pk")
    assert on(Kind.STORE, store=cast.a) == Decimal("-15.50")
    assert on(Kind.CLEARING, store=cast.a) == Decimal("15.50")
    apply(cast, batch, [answer(good), answer(bad, "failed", "Closed")])
    assert kinds(good) == ["sent", "settled"]
    assert kinds(bad) == ["sent", "failed"]
    assert on(Kind.STORE, store=cast.a) == Decimal("-10.00")
    assert on(Kind.CLEARING, store=cast.a) == Decimal(0)
    assert on(Kind.BUYER, store=cast.a) == Decimal("10.00")
    assert list(findings()) == []


def test_each_entry_says_who_and_why(cast: Cast) -> None:
    entry = sent_batch(cast, "10.00").payouts.get().ledger.get()
    version = entry.history.get()
    assert version.actor_name == person(cast.finance).name
    assert version.history_change_reason == "Handed out for the bank as CSV."
    assert entry.case == entry.payout.case
    assert entry.store == cast.a


def test_a_queued_payout_has_moved_nothing(cast: Cast) -> None:
    queue_payouts(cast.a, cast.staff, "10.00")
    assert not LedgerEntry.objects.exists()
    assert list(findings()) == []


@pytest.mark.parametrize(
    "write",
    [
        "UPDATE refunds_ledgerentry SET amount = amount + 1",
        "UPDATE refunds_ledgerentry SET currency = 'USD'",
        "DELETE FROM refunds_ledgerentry",
    ],
)
def test_the_database_refuses_to_change_or_delete_an_entry(cast: Cast, write: str) -> None:
    sent_batch(cast, "10.00")
    with (
        pytest.raises(DatabaseError, match="written once"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(write)
    assert LedgerEntry.objects.get().amount == Decimal("10.00")


@pytest.mark.once
def test_no_row_of_it_is_replaced_either(cast: Cast) -> None:
    """SQLite's own way to overwrite a row deletes it without saying so, unless it is told to."""
    sent_batch(cast, "10.00")
    columns = ", ".join(
        "'forged'" if field.column == "reference" else field.column
        for field in LedgerEntry._meta.fields
    )
    with (
        pytest.raises(DatabaseError, match="written once"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            f"INSERT OR REPLACE INTO refunds_ledgerentry SELECT {columns} FROM refunds_ledgerentry"
        )
    assert LedgerEntry.objects.get().reference == ""


def entry_like(entry: LedgerEntry, **other: object) -> LedgerEntry:
    fields = {f.attname: getattr(entry, f.attname) for f in entry._meta.fields if f.name != "id"}
    return LedgerEntry(**{**fields, **other})


@pytest.mark.parametrize(
    "other",
    [
        {},  # the same movement of the same payout again
        {"kind": "settled", "amount": Decimal(0)},
        {"kind": "settled", "amount": Decimal(-1)},
        {"kind": "settled", "payout_id": None},
        {"kind": "settled", "store_id": None},
        {"kind": "paid_in", "payout_id": None, "case_id": None, "reference": ""},
        {"kind": "paid_in"},
        {"kind": "settled", "amount": Decimal("9.99")},  # not what the payout is for
        {"kind": "settled", "currency": "USD"},
    ],
)
def test_the_database_refuses_an_entry_that_cannot_be(cast: Cast, other: dict[str, object]) -> None:
    entry = sent_batch(cast, "10.00").payouts.get().ledger.get()
    with pytest.raises(IntegrityError), transaction.atomic(), recorded(system(TIMER), "A try."):
        entry_like(entry, **other).save()


def test_an_entry_moves_between_two_accounts(cast: Cast) -> None:
    entry = sent_batch(cast, "10.00").payouts.get().ledger.get()
    with pytest.raises(IntegrityError), transaction.atomic(), recorded(system(TIMER), "A try."):
        entry_like(entry, kind="settled", credit_id=entry.debit_id).save()


@pytest.mark.parametrize("side", ["credit", "debit"])
def test_an_entry_is_in_the_currency_of_both_of_its_accounts(cast: Cast, side: str) -> None:
    deposit(cast, "500.00")
    entry = LedgerEntry.objects.get()
    with recorded(system(TIMER), "Another one."):
        foreign = Account.objects.create(
            kind=getattr(entry, side).kind, merchant=getattr(entry, side).merchant, currency="USD"
        )
    with (
        pytest.raises(IntegrityError, match="currency of both"),
        transaction.atomic(),
        recorded(system(TIMER), "A try."),
    ):
        entry_like(entry, reference="BANK-9", **{f"{side}_id": foreign.pk}).save()


def test_a_deposit_is_paid_in_and_paid_back(cast: Cast) -> None:
    deposit(cast, "500.00")
    deposit(cast, "120.00", "paid_back", "BANK-2")
    assert on(Kind.DEPOSIT, merchant=cast.merchant) == Decimal(380)
    assert on(Kind.PLATFORM) == Decimal(-380)


@pytest.mark.parametrize(
    ("amount", "kind", "reference", "sentence"),
    [
        ("500.01", "paid_back", "BANK-2", "holds"),
        ("1.00", "paid_in", "BANK-1", "booked before"),
        ("0", "paid_in", "BANK-2", "more than zero"),
        ("1.001", "paid_in", "BANK-2", "more decimals than"),
        ("1.00", "paid_in", " ", "reference"),
        ("1.00", "sent", "BANK-2", "paid in or paid back"),
    ],
)
def test_an_impossible_deposit_is_refused_with_a_sentence(
    cast: Cast, amount: str, kind: str, reference: str, sentence: str
) -> None:
    deposit(cast, "500.00")
    with pytest.raises(BadInput, match=sentence):
        deposit(cast, amount, kind, reference)
    assert on(Kind.DEPOSIT, merchant=cast.merchant) == Decimal(500)


def test_only_the_platform_books_deposits(cast: Cast) -> None:
    for who in (cast.finance, cast.checker, cast.manager, cast.auditor):
        with pytest.raises(NotAllowed):
            book(
                merchant_id=cast.merchant.pk, kind="paid_in", amount=Decimal(1), currency="CNY",
                reference="BANK-1", actor=person(who),
            )  # fmt: skip


def test_an_advance_is_paid_by_the_platform_and_recovered_from_the_deposit(cast: Cast) -> None:
    deposit(cast, "500.00")
    case = propose(make_order(cast.a, (1, "100.00")), cast.staff, "advance", "80.00")
    do(case, cast.platform, "pay_in_advance")
    payout = settled(cast, case)
    assert kinds(payout) == ["sent", "settled", "recovered"]
    assert on(Kind.DEPOSIT, merchant=cast.merchant) == Decimal(420)
    assert on(Kind.PLATFORM) == Decimal(-500)
    assert list(findings()) == []


def test_what_was_sent_before_the_ledger_is_carried_over_once(cast: Cast) -> None:
    batch = sent_batch(cast, "10.00", "5.50", "2.00")
    good, bad, _open = batch.payouts.order_by("pk")
    apply(cast, batch, [answer(good), answer(bad, "failed", "Closed")])
    with unguarded(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM refunds_historicalledgerentry")
    with connection.cursor() as cursor:
        for name in ("update", "delete"):
            on_table = " ON refunds_ledgerentry" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER refunds_ledgerentry_no_{name}{on_table}")
        cursor.execute("DELETE FROM refunds_ledgerentry")
    assert {finding.kind for finding in findings()} >= {"guard", "entries", "clearing", "buyers"}
    install_guards()
    carry_over()
    carry_over()
    assert missing_guards() == []
    assert list(findings()) == []
    assert LedgerEntry.objects.count() == 5


def test_a_payout_that_moved_past_the_ledger_is_found(cast: Cast) -> None:
    payout = sent_batch(cast, "10.00").payouts.get()
    call_command("verify_ledger")
    with recorded(system(INSTALLER), "Past the ledger."):
        payout.settle()
        payout.settled_at = now()
        payout.save()
    found = {(finding.kind, finding.about) for finding in findings()}
    assert {("entries", payout.number), ("waiting", payout.case.number)} <= found
    assert {kind for kind, _about in found} == {"entries", "waiting", "clearing", "buyers"}
    with pytest.raises(CommandError):
        call_command("verify_ledger")
