"""An imitation of a bank: it reads our pain.001 and answers as banks do, for demo and tests."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]  # ships no types

from backoffice.exceptions import BadInput
from backoffice.money import ZERO

SPACE = "urn:iso:std:iso:20022:tech:xsd:"
ORDER = f"{SPACE}pain.001.001.09"
BODY = "{*}CstmrCdtTrfInitn"


@dataclass(frozen=True)
class Asked:
    """One transfer as the bank reads it."""

    number: str
    amount: str
    currency: str
    account: str


@dataclass(frozen=True)
class Reply:
    """What the bank says to a transfer: a status of ISO 20022, and why."""

    status: str = "ACSC"
    reason: str = ""
    words: str = ""


def settle(_asked: Asked) -> Reply:
    """A bank on its best day."""
    return Reply()


class Bank:
    """What it read of an order, and the messages that it answers with."""

    def __init__(self, order: bytes) -> None:
        """Read ``order``; raises ``BadInput`` for anything but a pain.001.001.09."""
        try:
            root = fromstring(order, forbid_dtd=True)
        except (SyntaxError, ValueError):
            raise BadInput("This is no XML that a bank reads.") from None
        if root.tag != f"{{{ORDER}}}Document":
            raise BadInput("The imitation of a bank reads pain.001.001.09 only.")

        def said(path: str) -> str:
            return str(root.findtext(f"{BODY}/{path}", ""))

        self.number, self.created = said("{*}GrpHdr/{*}MsgId"), said("{*}GrpHdr/{*}CreDtTm")
        self.count, self.total = said("{*}GrpHdr/{*}NbOfTxs"), said("{*}GrpHdr/{*}CtrlSum")
        self.day = said("{*}PmtInf/{*}ReqdExctnDt/{*}Dt")
        self.account = _account(root.find(f"{BODY}/{{*}}PmtInf/{{*}}DbtrAcct/{{*}}Id"))
        self.asked = [_asked(row) for row in root.iterfind(f"{BODY}/{{*}}PmtInf/{{*}}CdtTrfTxInf")]

    def acknowledge(self, status: str = "ACTC") -> bytes:
        """A pain.002 about the file as a whole."""
        return self._report(status)

    def report(self, reply: Callable[[Asked], Reply] = settle) -> bytes:
        """A pain.002 that answers each transfer."""
        replies = [(asked, reply(asked)) for asked in self.asked]
        statuses = {answer.status for _asked, answer in replies}
        rows = "".join(_answer(asked, answer) for asked, answer in replies)
        return self._report(
            statuses.pop() if len(statuses) == 1 else "PART",
            f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{self.number}</OrgnlPmtInfId>{rows}</OrgnlPmtInfAndSts>",
        )

    def statement(self, bounced: Iterable[str] = ()) -> bytes:
        """A camt.053: every transfer left the account, and those of these numbers came back."""
        back = [asked for asked in self.asked if asked.number in set(bounced)]
        total, returned = _sum(self.asked), _sum(back)
        currency = self.asked[0].currency
        return _message(
            "camt.053.001.08",
            "BkToCstmrStmt",
            f"<GrpHdr><MsgId>S-{self.number}</MsgId><CreDtTm>{self.created}</CreDtTm></GrpHdr>"
            f"<Stmt><Id>S-{self.number}</Id><Acct><Id>{self.account}</Id><Ccy>{currency}</Ccy></Acct>"
            f"{self._balance('OPBD', total)}{self._balance('CLBD', returned)}"
            f"{''.join(self._entry(asked, 'DBIT') for asked in self.asked)}"
            f"{''.join(self._entry(asked, 'CRDT', RETURN) for asked in back)}</Stmt>",
        )

    def _report(self, status: str, rows: str = "") -> bytes:
        return _message(
            "pain.002.001.10",
            "CstmrPmtStsRpt",
            f"<GrpHdr><MsgId>R-{self.number}</MsgId><CreDtTm>{self.created}</CreDtTm></GrpHdr>"
            f"<OrgnlGrpInfAndSts><OrgnlMsgId>{self.number}</OrgnlMsgId>"
            f"<OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId><OrgnlNbOfTxs>{self.count}</OrgnlNbOfTxs>"
            f"<OrgnlCtrlSum>{self.total}</OrgnlCtrlSum><GrpSts>{status}</GrpSts></OrgnlGrpInfAndSts>{rows}",
        )

    def _balance(self, code: str, amount: Decimal) -> str:
        return (
            f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
            f'<Amt Ccy="{self.asked[0].currency}">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>'
            f"<Dt><Dt>{self.day}</Dt></Dt></Bal>"
        )

    def _entry(self, asked: Asked, way: str, why: str = "") -> str:
        return (
            f'<Ntry><Amt Ccy="{asked.currency}">{asked.amount}</Amt><CdtDbtInd>{way}</CdtDbtInd>'
            f"<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{self.day}</Dt></BookgDt>"
            f"<AcctSvcrRef>{way}-{asked.number}</AcctSvcrRef><BkTxCd/><NtryDtls><TxDtls>"
            f"<Refs><EndToEndId>{asked.number}</EndToEndId></Refs>{why}</TxDtls></NtryDtls></Ntry>"
        )


RETURN = "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>"


def _asked(row: Element) -> Asked:
    amount = row.find("{*}Amt/{*}InstdAmt")
    number = row.findtext("{*}PmtId/{*}EndToEndId", "")
    if amount is None:
        raise BadInput("A transfer of this order has no amount.")
    account = _account(row.find("{*}CdtrAcct/{*}Id"))
    return Asked(number, amount.text or "", amount.get("Ccy", ""), account)


def _account(element: Element | None) -> str:
    """The account again as XML."""
    if element is None:
        return ""
    number = element.findtext("{*}IBAN")
    if number:
        return f"<IBAN>{number}</IBAN>"
    return f"<Othr><Id>{element.findtext('{*}Othr/{*}Id', '')}</Id></Othr>"


def _answer(asked: Asked, reply: Reply) -> str:
    words = f"<AddtlInf>{escape(reply.words)}</AddtlInf>" if reply.words else ""
    why = (
        f"<StsRsnInf><Rsn><Cd>{reply.reason}</Cd></Rsn>{words}</StsRsnInf>" if reply.reason else ""
    )
    return (
        f"<TxInfAndSts><OrgnlInstrId>{asked.number}</OrgnlInstrId>"
        f"<OrgnlEndToEndId>{asked.number}</OrgnlEndToEndId><TxSts>{reply.status}</TxSts>{why}"
        f'<OrgnlTxRef><Amt><InstdAmt Ccy="{asked.currency}">{asked.amount}</InstdAmt></Amt>'
        f"<CdtrAcct><Id>{asked.account}</Id></CdtrAcct></OrgnlTxRef></TxInfAndSts>"
    )


def _sum(rows: Iterable[Asked]) -> Decimal:
    return sum((Decimal(asked.amount) for asked in rows), ZERO)


def _message(kind: str, body: str, content: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="{SPACE}{kind}"><{body}>{content}</{body}></Document>\n'
    ).encode()
