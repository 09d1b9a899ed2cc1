"""pain.001.001.09: transfers as an order to the bank. The same order gives the same bytes.

The XML is written here and then held against the schema: the library that carries the schema writes
euros only, with random numbers and the hour of writing, which would never be the same bytes twice.
"""

from datetime import datetime
from xml.etree.ElementTree import Element, SubElement, indent, tostring  # only written, never read

from backoffice import money
from refunds.bankfiles.schema import hold_against_schema
from refunds.bankfiles.transfers import (
    BIC,
    NAME,
    TEXT,
    Order,
    Transfer,
    bare,
    check,
    clean,
    is_iban,
)

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
UNKNOWN = "NOTPROVIDED"  # of our own bank: it is the one that reads the file
REFUND = "REFU"  # of ISO's list of purposes
DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'


def write(order: Order) -> bytes:
    """The order as a file; raises ``BadInput`` for what a bank would refuse."""
    check(order)
    document = Element("Document", xmlns=NAMESPACE)
    body = SubElement(document, "CstmrCdtTrfInitn")
    _header(body, order)
    _payment(body, order)
    indent(document, " ")
    content = DECLARATION + tostring(document, encoding="utf-8") + b"\n"
    hold_against_schema(content)
    return content


def _header(body: Element, order: Order) -> None:
    header = SubElement(body, "GrpHdr")
    _add(header, "MsgId", order.number)
    _add(header, "CreDtTm", _moment(order.created))
    _figures(header, order)
    _add(header, "InitgPty/Nm", clean(order.debtor, NAME))


def _payment(body: Element, order: Order) -> None:
    payment = SubElement(body, "PmtInf")
    _add(payment, "PmtInfId", order.number)
    _add(payment, "PmtMtd", "TRF")
    _add(payment, "BtchBookg", "false")  # so that the bank books, and reports, each by itself
    _figures(payment, order)
    _add(payment, "ReqdExctnDt/Dt", order.day.isoformat())
    _add(payment, "Dbtr/Nm", clean(order.debtor, NAME))
    _account(SubElement(payment, "DbtrAcct"), order.account)
    _add(payment, "DbtrAgt/FinInstnId/Othr/Id", UNKNOWN)
    _add(payment, "ChrgBr", "SLEV")
    for transfer in order.transfers:
        _transfer(SubElement(payment, "CdtTrfTxInf"), transfer)


def _transfer(element: Element, transfer: Transfer) -> None:
    numbers = SubElement(element, "PmtId")
    _add(numbers, "InstrId", transfer.number)
    _add(numbers, "EndToEndId", transfer.number)
    amount = money.quantise(transfer.amount, transfer.currency)
    _add(element, "Amt/InstdAmt", f"{amount:f}").set("Ccy", transfer.currency)
    code = bare(transfer.bank_code)
    if BIC.fullmatch(code):
        _add(element, "CdtrAgt/FinInstnId/BICFI", code)
    elif code:
        member = SubElement(SubElement(SubElement(element, "CdtrAgt"), "FinInstnId"), "ClrSysMmbId")
        _add(member, "ClrSysId/Cd", "CNAPS")
        _add(member, "MmbId", code)
    _add(element, "Cdtr/Nm", clean(transfer.payee, NAME))
    _account(SubElement(element, "CdtrAcct"), transfer.account)
    _add(element, "Purp/Cd", REFUND)
    _add(element, "RmtInf/Ustrd", clean(transfer.text, TEXT) or transfer.number)


def _figures(element: Element, order: Order) -> None:
    _add(element, "NbOfTxs", str(len(order.transfers)))
    total = money.quantise(order.total, order.transfers[0].currency)
    _add(element, "CtrlSum", f"{total:f}")


def _account(element: Element, account: str) -> None:
    plain = bare(account)
    _add(element, "Id/IBAN" if is_iban(plain) else "Id/Othr/Id", plain)


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _add(parent: Element, path: str, text: str) -> Element:
    for name in path.split("/"):
        parent = SubElement(parent, name)
    parent.text = text
    return parent
