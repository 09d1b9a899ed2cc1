"""camt.053: every movement is a line, what came back is marked, and figures that lie are refused."""

import io
from datetime import date
from decimal import Decimal

import pytest

from backoffice.exceptions import BadInput
from refunds.bankfiles.contents import Head, StatementLine
from refunds.bankfiles.reading import open_answers, read_statement
from tests.refunds.bankfiles.xml import (
    balance,
    entry,
    message,
    movement,
    one_statement,
    statement,
)

pytestmark = pytest.mark.once
RETURN = "<RtrInf><Rsn><Cd>AC04</Cd></Rsn><AddtlInf>Gone</AddtlInf></RtrInf>"
DAY = date(2026, 11, 27)


def read(content: bytes) -> tuple[Head, list[StatementLine]]:
    head, lines = read_statement(io.BytesIO(content))
    return head, list(lines)


def money(lines: list[StatementLine]) -> list[tuple[str, str, str, bool]]:
    return [(line.number, str(line.amount), line.direction, line.returned) for line in lines]


def test_a_booking_becomes_a_line() -> None:
    head, (line,) = read(statement(entry("50.00", movement("PO-1"))))
    assert head == Head(account="BANK-A", currency="CNY")
    assert line == StatementLine(
        1, "PO-1", Decimal("50.00"), "CNY", DAY, "out", "B-PO-1", "", False
    )


def test_money_that_came_back_says_why() -> None:
    _head, (line,) = read(statement(entry("50.00", movement("PO-1", more=RETURN), way="CRDT")))
    assert (line.direction, line.returned, line.reason) == (
        "in",
        True,
        "AC04: the account is closed – Gone",
    )


@pytest.mark.parametrize(
    "more",
    [
        "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>ICDT</Cd><SubFmlyCd>RRTN</SubFmlyCd></Fmly></Domn></BkTxCd>",
        "<RvslInd>true</RvslInd>",
    ],
)
def test_a_return_is_told_by_its_code_or_as_a_reversal_as_well(more: str) -> None:
    _head, (line,) = read(statement(entry("5.00", movement("PO-1"), way="CRDT", more=more)))
    assert line.returned


def test_other_money_that_comes_in_is_no_return() -> None:
    _head, lines = read(statement(entry("5.00", movement("X"), way="CRDT")))
    assert money(lines) == [("X", "5.00", "in", False)]


def test_one_sum_of_many_payouts_becomes_many_lines() -> None:
    two = entry("70.00", movement("PO-1", "50.00"), movement("PO-2", "20.00"))
    _head, lines = read(statement(two, entry("1.00", movement("NOTPROVIDED"))))
    assert money(lines) == [
        ("PO-1", "50.00", "out", False),
        ("PO-2", "20.00", "out", False),
        ("", "1.00", "out", False),
    ]
    assert [line.row for line in lines] == [1, 2, 3]


def test_a_sum_without_movements_has_the_number_of_the_file() -> None:
    inside = "<Btch><PmtInfId>RB-AAAAA-BBBBB</PmtInfId><NbOfTxs>2</NbOfTxs></Btch>"
    _head, lines = read(statement(entry("70.00", inside)))
    assert money(lines) == [("RB-AAAAA-BBBBB", "70.00", "out", False)]


def test_charges_are_a_line_of_their_own() -> None:
    charged = entry("50.50", movement("PO-1", "50.00"), more="<Chrgs/>")
    _head, lines = read(statement(charged))
    assert [(line.number, str(line.amount), line.reason) for line in lines] == [
        ("PO-1", "50.00", ""),
        ("", "0.50", "Charges"),
    ]


def test_what_is_only_announced_is_no_booking() -> None:
    soon = entry("9.00", movement("PO-9"), status="<Sts><Cd>PDNG</Cd></Sts>").replace(
        "<BookgDt><Dt>2026-11-27</Dt></BookgDt>", ""
    )
    _head, lines = read(statement(soon, entry("5.00", movement("PO-1"))))
    assert money(lines) == [("PO-1", "5.00", "out", False)]


def test_an_old_version_with_plain_statuses_and_detailed_amounts_is_read() -> None:
    old = movement("PO-1", more='<AmtDtls><TxAmt><Amt Ccy="CNY">50.00</Amt></TxAmt></AmtDtls>')
    content = statement(
        entry("70.00", old, movement("PO-2", "20.00"), status="<Sts>BOOK</Sts>"), version="001.02"
    )
    assert [line.number for line in read(content)[1]] == ["PO-1", "PO-2"]


def test_balances_and_sums_that_are_true_are_accepted() -> None:
    head = (
        balance("OPBD", "100.00")
        + balance("CLBD", "25.00", "DBIT")
        + "<TxsSummry><TtlNtries><NbOfNtries>2</NbOfNtries><Sum>135.00</Sum></TtlNtries>"
        "<TtlDbtNtries><NbOfNtries>1</NbOfNtries><Sum>130</Sum></TtlDbtNtries></TxsSummry>"
    )
    entries = [entry("130.00", movement("PO-1")), entry("5.00", movement("X"), way="CRDT")]
    assert len(read(statement(*entries, head=head))[1]) == 2


def test_days_of_one_account_may_stand_in_one_file() -> None:
    content = message(
        "camt.053.001.08",
        "BkToCstmrStmt",
        "<GrpHdr/>" + one_statement([entry("5.00", movement("PO-1"))]) * 2,
    )
    assert [line.row for line in read(content)[1]] == [1, 2]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            statement(entry("5.00"), head=balance("OPBD", "9.00") + balance("CLBD", "9.00")),
            "Head, element “Stmt/Bal (CLBD)”: it says 9.00, but the entries give 4.00",
        ),
        (
            statement(
                entry("5.00"),
                head="<TxsSummry><TtlNtries><NbOfNtries>3</NbOfNtries></TtlNtries></TxsSummry>",
            ),
            "“Stmt/TxsSummry/TtlNtries/NbOfNtries”: it says 3, but the entries give 1",
        ),
        (
            statement(entry("70.00", movement("PO-1", "50.00"), movement("PO-2", "10.00"))),
            "it says -70.00, but its movements add up to -60.00",
        ),
        (
            statement(entry("5.00"), entry("5.00", currency="USD")),
            "Transaction 2, element “Stmt/Ntry/Amt”: it is in USD, but the account in CNY",
        ),
        (statement(entry("5.001")), "“Stmt/Ntry/Amt”: “5.001” has more decimals than CNY has"),
        (statement(entry("-5.00")), "“-5.00” is not an amount in CNY"),
        (statement(entry("5.00", currency="XXX-")), "“XXX-” is not a currency"),
        (statement(entry("1" * 13)), "“1111111111111” is not an amount in CNY"),
        (statement(entry("5.00", currency="KWD")), "Amounts in KWD have 3 decimals"),
        (statement(entry("5.00", movement("P" * 36))), "is longer than 35 characters"),
        (
            statement(entry("5.00", movement("PO-1"))).replace(
                b"<NtryDtls>", b"<NtryDtls><Btch><NbOfTxs>2</NbOfTxs></Btch>"
            ),
            "“Stmt/Ntry/NtryDtls/Btch/NbOfTxs”: it says 2 transactions, but there are 1",
        ),
        (statement(entry("5.00", way="BOTH")), "it must be DBIT or CRDT"),
        (statement(entry("5.00", status="")), "“Stmt/Ntry/Sts”: it is missing"),
        (
            statement(entry("5.00").replace("2026-11-27", "27.11.2026")),
            "“27.11.2026” is not a day",
        ),
        (statement(entry("5.00").replace("2026-11-27", "2026-W48-5")), "“2026-W48-5” is not a day"),
        (
            statement(entry("5.00").replace("<BookgDt><Dt>2026-11-27</Dt></BookgDt>", "")),
            "“Stmt/Ntry/BookgDt”: it is missing",
        ),
        (
            statement(entry("70.00", movement("PO-1"), movement("PO-2", "20.00"))),
            "one of several movements has no amount in CNY",
        ),
        (
            statement(entry("70.00", movement("PO-1", "7.00", currency="USD"), movement("PO-2"))),
            "one of several movements has no amount in CNY",
        ),
        (
            message(
                "camt.053.001.08",
                "BkToCstmrStmt",
                one_statement([]) + one_statement([], account="BANK-B"),
            ),
            "several accounts",
        ),
        (message("camt.053.001.08", "BkToCstmrStmt", "<GrpHdr/>"), "“Stmt/Acct”: it is missing"),
        (
            message("camt.053.001.08", "BkToCstmrStmt", "<Stmt><Acct/></Stmt>"),
            "“Stmt/Acct/Id”: it is missing",
        ),
    ],
)
def test_a_statement_that_contradicts_itself_is_refused(content: bytes, sentence: str) -> None:
    with pytest.raises(BadInput) as refusal:
        read(content)
    assert sentence in str(refusal.value)


@pytest.mark.parametrize(
    "told",
    [
        "<Dt>2026-11-27Z</Dt>",
        "<Dt>2026-11-27+08:00</Dt>",
        "<DtTm>2026-11-27T23:59:59.123Z</DtTm>",
        "<DtTm>2026-11-27T00:00:00-05:00</DtTm>",
    ],
)
def test_a_day_is_the_one_that_the_bank_s_clock_showed(told: str) -> None:
    (line,) = read(statement(entry("5.00").replace("<Dt>2026-11-27</Dt>", told)))[1]
    assert line.booked_on == date(2026, 11, 27)


def test_a_balance_may_be_more_than_any_booking() -> None:
    rich = balance("OPBD", "9" * 13) + balance("CLBD", "9999999999994")
    assert len(read(statement(entry("5.00"), head=rich))[1]) == 1


def test_balances_of_a_page_are_not_held_against_the_whole() -> None:
    pages = "<StmtPgntn><PgNb>1</PgNb><LastPgInd>false</LastPgInd></StmtPgntn>"
    content = statement(entry("5.00"), head=balance("OPBD", "9.00") + balance("CLBD", "0.00"))
    assert read(content.replace(b"<Id>1</Id>", f"<Id>1</Id>{pages}".encode()))[1]


def test_payouts_that_left_the_account_are_answered() -> None:
    entries = [
        entry("50.00", movement("PO-1")),
        entry("3.00", movement("RENT")),
        entry("50.00", movement("PO-1", more=RETURN), way="CRDT"),
    ]
    head, items = open_answers(io.BytesIO(statement(*entries)))
    assert head.account == "BANK-A"
    assert [(item.row, item.cells["number"], item.cells["status"]) for item in items] == [
        (1, "PO-1", "settled")
    ]


def test_a_statement_without_any_payout_is_no_answer() -> None:
    _head, items = open_answers(io.BytesIO(statement(entry("3.00", movement("RENT")))))
    with pytest.raises(BadInput, match="No payout has left"):
        list(items)
