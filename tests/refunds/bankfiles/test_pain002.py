"""pain.002: what the bank says of each payout, and of a batch as a whole."""

import io
from decimal import Decimal

import pytest

from backoffice.exceptions import BadInput
from refunds.bankfiles.contents import Head, Item
from refunds.bankfiles.reading import open_answers
from tests.refunds.bankfiles.xml import answer, group, payment, reason, report

pytestmark = pytest.mark.once


def read(content: bytes) -> tuple[Head, list[Item]]:
    head, items = open_answers(io.BytesIO(content))
    return head, list(items)


def test_each_payout_is_answered_with_its_amount_and_account() -> None:
    head, (item,) = read(report(group(), payment(answer("PO-1"))))
    assert head == Head(batch="RB-AAAAA-BBBBB")
    assert item == Item(
        1,
        {
            "number": "PO-1",
            "amount": "50.00",
            "currency": "CNY",
            "status": "settled",
            "reason": "",
            "destination": "6222020200112233",
        },
    )


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("ACSC", "settled"),
        ("ACCC", "settled"),
        ("RJCT", "failed"),
        ("CANC", "failed"),
        ("ACSP", "pending"),
        ("PDNG", "pending"),
        ("PEND", "pending"),
        ("ACWP", "pending"),
        ("ACTC", "pending"),
        ("WHAT", "WHAT"),
    ],
)
def test_money_that_may_still_move_is_pending(code: str, status: str) -> None:
    _head, (item,) = read(report(group(), payment(answer("PO-1", code))))
    assert item.cells["status"] == status


def test_a_reason_that_begins_like_a_formula_loses_the_mark() -> None:
    more = reason("", "- =1+1, closed")
    _head, (item,) = read(report(group(), payment(answer("PO-1", "RJCT", more=more))))
    assert item.cells["reason"] == "1+1, closed"


def test_a_reason_says_its_code_its_meaning_and_the_banks_words() -> None:
    more = reason("AC04", "Closed in May") + reason("XX99")
    _head, (item,) = read(report(group(), payment(answer("PO-1", "RJCT", more=more))))
    assert item.cells["reason"] == "AC04: the account is closed – XX99 – Closed in May"


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("ACCP", "accepted"),
        ("ACTC", "accepted"),
        ("ACSP", "accepted"),
        ("ACSC", "settled"),
        ("RJCT", "failed"),
        ("PDNG", "pending"),
        ("PART", ""),
    ],
)
def test_a_group_status_is_about_the_batch_as_a_whole(code: str, status: str) -> None:
    inside = f"<GrpSts>{code}</GrpSts>" + reason("AM16")
    head, items = read(report(group(inside=inside)))
    assert (head.status, head.reason, items) == (
        status,
        "AM16: the control sum of the group is wrong",
        [],
    )


def test_the_status_of_the_only_payment_group_is_about_the_batch_too() -> None:
    head, items = read(
        report(group(), payment(inside="<PmtInfSts>RJCT</PmtInfSts>" + reason("AC06")))
    )
    assert (head.status, head.reason) == ("failed", "AC06: the account is blocked")
    assert items == []


def test_a_transaction_without_a_status_has_that_of_its_group() -> None:
    bare = answer("PO-1").replace("<TxSts>ACSC</TxSts>", "")
    _head, (item,) = read(report(group(), payment(bare, inside="<PmtInfSts>RJCT</PmtInfSts>")))
    assert item.cells["status"] == "failed"


def test_control_figures_are_those_of_the_batch() -> None:
    inside = "<OrgnlNbOfTxs>2</OrgnlNbOfTxs><OrgnlCtrlSum>70.00</OrgnlCtrlSum>"
    head, _items = read(report(group(inside=inside), payment(answer("PO-1"))))
    assert (head.count, head.total) == (2, Decimal("70.00"))


def test_an_answer_to_one_file_of_a_batch_is_about_its_payouts_alone() -> None:
    inside = "<OrgnlNbOfTxs>2</OrgnlNbOfTxs><OrgnlCtrlSum>70.00</OrgnlCtrlSum><GrpSts>ACSC</GrpSts>"
    head, items = read(report(group("RB-AAAAA-BBBBB-2", inside), payment(answer("PO-1"))))
    assert head == Head(batch="RB-AAAAA-BBBBB")
    assert [item.cells["number"] for item in items] == ["PO-1"]
    with pytest.raises(BadInput, match=r"one of several files of batch RB-AAAAA-BBBBB as a whole"):
        read(report(group("RB-AAAAA-BBBBB-2", inside)))


def test_the_instruction_stands_in_for_a_missing_end_to_end_number() -> None:
    bare = answer("PO-1").replace("<OrgnlEndToEndId>PO-1<", "<OrgnlEndToEndId>NOTPROVIDED<")
    _head, (item,) = read(report(group(), payment(bare)))
    assert item.cells["number"] == "PO-1"


def test_what_the_bank_leaves_out_is_empty() -> None:
    _head, (item,) = read(
        report(group(), payment("<TxInfAndSts><TxSts>ACSC</TxSts></TxInfAndSts>"))
    )
    assert (set(item.cells.values()), item.untold) == ({"", "settled"}, True)


@pytest.mark.parametrize("version", ["001.03", "001.10", "001.14"])
def test_every_version_in_use_is_read(version: str) -> None:
    assert read(report(group(), payment(answer("PO-1")), version=version))[1]


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ([payment(answer("PO-1"))], "Head, element “OrgnlGrpInfAndSts/OrgnlMsgId”: it is missing"),
        ([group(kind="pain.008.001.08")], "it answers “pain.008.001.08”"),
        ([group(inside="<GrpSts>GOOD</GrpSts>")], "“GOOD” is not a status"),
        ([group(inside="<OrgnlNbOfTxs>two</OrgnlNbOfTxs>")], "“two” is not a number"),
        ([group(inside="<OrgnlCtrlSum>1,00</OrgnlCtrlSum>")], "“1,00” is not a sum"),
        (
            [group(inside="<GrpSts>RJCT</GrpSts>"), payment(answer("PO-1", "ACSC"))],
            "Transaction 1, element “TxSts”: it says “ACSC”, but the group as a whole “RJCT”",
        ),
        (
            [
                group(inside="<OrgnlNbOfTxs>1</OrgnlNbOfTxs>"),
                payment(answer("PO-1"), answer("PO-2")),
            ],
            "it says 1 transactions, but there are 2",
        ),
        (
            [
                group(
                    inside="<NbOfTxsPerSts><DtldNbOfTxs>3</DtldNbOfTxs><DtldSts>RJCT</DtldSts>"
                    "</NbOfTxsPerSts>"
                ),
                payment(answer("PO-1", "RJCT"), answer("PO-2")),
            ],
            "it says 3 transactions with RJCT, but there are 1",
        ),
        (
            [group(), payment(answer("PO-1")), payment(inside="<PmtInfSts>RJCT</PmtInfSts>")],
            "nobody can tell whom it is about",
        ),
    ],
)
def test_a_report_that_contradicts_itself_is_refused(parts: list[str], sentence: str) -> None:
    with pytest.raises(BadInput) as refusal:
        read(report(*parts))
    assert sentence in str(refusal.value)
