"""pain.001: whole orders give the same bytes and pass the schema; what banks would miss is named."""

import io
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.exceptions import BadInput
from refunds.bankfiles.pain001 import write
from refunds.bankfiles.reading import open_answers, read_statement
from refunds.bankfiles.schema import hold_against_schema
from refunds.bankfiles.transfers import Order, Transfer, clean
from refunds.demo.bank import Bank, Reply

pytestmark = pytest.mark.once
IBAN = "DE89370400440532013000"
ONE = Transfer(
    number="PO-AAAAA-00001",
    amount=Decimal("50.00"),
    currency="CNY",
    payee="王小明",
    account="6222 0202 0011 2233",
    bank_code="102100099996",
    text="Refund RC-1, order 1001",
)
ORDER = Order(
    number="RB-AAAAA-BBBBB",
    created=datetime(2026, 11, 27, 10, 0, 5, tzinfo=UTC),
    day=date(2026, 11, 27),
    debtor="Flagship <A&B>",
    account=IBAN,
    transfers=[ONE],
)


def order(*transfers: Transfer, **changes: object) -> Order:
    return replace(ORDER, transfers=transfers or ORDER.transfers, **changes)


def test_the_same_order_gives_the_same_bytes() -> None:
    assert write(order()) == write(order())


def test_everything_that_a_bank_needs_is_in_the_file() -> None:
    two = replace(ONE, number="PO-AAAAA-00002", amount=Decimal("20.5"), account=IBAN, bank_code="")
    text = write(order(ONE, two)).decode()
    for piece in (
        'xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"',
        "<MsgId>RB-AAAAA-BBBBB</MsgId>",
        "<CreDtTm>2026-11-27T10:00:05+00:00</CreDtTm>",
        "<NbOfTxs>2</NbOfTxs>",
        "<CtrlSum>70.50</CtrlSum>",
        "<Nm>Flagship &lt;A&amp;B&gt;</Nm>",
        "<EndToEndId>PO-AAAAA-00002</EndToEndId>",
        '<InstdAmt Ccy="CNY">20.50</InstdAmt>',
        "<MmbId>102100099996</MmbId>",
        "<Id>6222020200112233</Id>",
        f"<IBAN>{IBAN}</IBAN>",
        "<Nm>王小明</Nm>",
        "<Ustrd>Refund RC-1, order 1001</Ustrd>",
    ):
        assert piece in text, piece


def test_an_amount_has_the_decimals_of_its_currency() -> None:
    yen = replace(ONE, currency="JPY", amount=Decimal("1200.00"))
    assert '<InstdAmt Ccy="JPY">1200</InstdAmt>' in write(order(yen)).decode()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"account": ""}, "it has no account to go to"),
        ({"account": "DE89370400440532013001"}, "its check digits are wrong"),
        ({"account": "alipay@buyer"}, "neither an IBAN nor"),
        ({"payee": " \x01 "}, "whose account it is"),
        ({"bank_code": ""}, "BIC or CNAPS code is needed"),
        ({"bank_code": "1234"}, "neither a BIC nor a CNAPS code"),
        ({"number": "PO/"}, "letters that banks do not give back"),
        ({"number": "P" * 36}, "letters that banks do not give back"),
        ({"currency": "ABC"}, "“ABC” is not a currency"),
        ({"amount": Decimal("1.005")}, "cannot be paid in its currency"),
        ({"amount": Decimal(0)}, "cannot be paid in its currency"),
    ],
)
def test_what_is_missing_is_refused_and_names_the_payout(
    changes: dict[str, object], sentence: str
) -> None:
    with pytest.raises(BadInput) as refusal:
        write(order(ONE, replace(ONE, **{"number": "PO-2", **changes})))
    number = changes.get("number", "PO-2")
    assert str(refusal.value).startswith(f"Payout {number}: ")
    assert sentence in str(refusal.value)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"account": ""}, "no payout account"),
        ({"account": "a b"}, "neither an IBAN nor"),
        ({"account": "DE89370400440532013001"}, "neither an IBAN nor"),
        ({"debtor": "\x00"}, "no name that a bank could read"),
        ({"transfers": []}, "1 to 1000 payouts"),
        ({"transfers": [ONE] * 1001}, "1 to 1000 payouts"),
        ({"transfers": [ONE, replace(ONE, currency="USD")]}, "several currencies"),
    ],
)
def test_an_order_that_no_bank_takes_is_refused(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        write(replace(ORDER, **changes))


def test_the_schema_has_the_last_word() -> None:
    good = write(order())
    for wrong in (
        good.replace(b"<PmtMtd>TRF</PmtMtd>", b"<PmtMtd>CASH</PmtMtd>"),
        good.replace(b"<ChrgBr>SLEV</ChrgBr>", b"").replace(b"<EndToEndId>", b"<EndToEndID>"),
        good.replace(b">50.00</InstdAmt>", b">50.000001</InstdAmt>"),
        good.replace(b"<NbOfTxs>1</NbOfTxs>", b"<NbOfTxs>one</NbOfTxs>"),
        good.replace(b'Ccy="CNY"', b'Ccy="yuan"'),
    ):
        with pytest.raises(BadInput, match=r"would not be a pain\.001\.001\.09"):
            hold_against_schema(wrong)


@given(st.text(max_size=300))
def test_any_name_can_be_written(name: str) -> None:
    if clean(name, 70):
        content = write(order(replace(ONE, payee=name, text=name), debtor=name))
        assert Bank(content).asked[0].number == ONE.number


replies = st.sampled_from(
    [
        Reply("ACSC"),
        Reply("ACCC"),
        Reply("RJCT", "AC04", "gone <&> away"),
        Reply("RJCT", "AM04"),
        Reply("PDNG"),
        Reply("ACSP"),
    ]
)
WORDS = {
    "ACSC": "settled",
    "ACCC": "settled",
    "RJCT": "failed",
    "PDNG": "pending",
    "ACSP": "pending",
}
cents = st.integers(1, 99_999_999).map(lambda number: Decimal(number).scaleb(-2))


@given(st.lists(st.tuples(cents, replies), min_size=1, max_size=5))
def test_what_we_write_comes_back_from_a_bank_as_it_was(said: list[tuple[Decimal, Reply]]) -> None:
    transfers = [
        replace(ONE, number=f"PO-AAAAA-{n:05}", amount=amount)
        for n, (amount, _reply) in enumerate(said)
    ]
    bank = Bank(write(order(*transfers)))
    answers = {transfers[n].number: reply for n, (_amount, reply) in enumerate(said)}
    head, items = open_answers(io.BytesIO(bank.report(lambda asked: answers[asked.number])))
    assert (head.batch, head.count, head.total) == (
        ORDER.number,
        len(said),
        sum(amount for amount, _reply in said),
    )
    for item, transfer in zip(items, transfers, strict=True):
        reply = answers[transfer.number]
        assert item.cells["number"] == transfer.number
        assert Decimal(str(item.cells["amount"])) == transfer.amount
        assert item.cells["status"] == WORDS[reply.status]
        assert item.cells["destination"] == "6222020200112233"
        assert str(item.cells["reason"]).startswith(reply.reason)


def test_a_bank_books_what_we_ask_for_and_sends_back_what_bounces() -> None:
    transfers = [ONE, replace(ONE, number="PO-AAAAA-00002", amount=Decimal("20.00"))]
    bank = Bank(write(order(*transfers)))
    head, lines = read_statement(io.BytesIO(bank.statement([transfers[1].number])))
    assert head.account == IBAN
    assert [(line.number, str(line.amount), line.direction, line.returned) for line in lines] == [
        ("PO-AAAAA-00001", "50.00", "out", False),
        ("PO-AAAAA-00002", "20.00", "out", False),
        ("PO-AAAAA-00002", "20.00", "in", True),
    ]


def test_a_bank_acknowledges_a_file_as_a_whole() -> None:
    head, items = open_answers(io.BytesIO(Bank(write(order())).acknowledge()))
    assert (head.status, list(items)) == ("accepted", [])


def test_a_bank_reads_nothing_else() -> None:
    for content in (b"number,amount", b"<Document/>", b"<!DOCTYPE a><a/>"):
        with pytest.raises(BadInput):
            Bank(content)
