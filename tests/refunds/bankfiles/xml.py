"""Messages of banks for tests, written by hand as a bank would."""

from collections.abc import Iterable

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"


def message(kind: str, body: str, content: str) -> bytes:
    """A whole message."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="{NAMESPACE}{kind}"><{body}>{content}</{body}></Document>'
    ).encode()


def answer(number: str, status: str = "ACSC", amount: str = "50.00", more: str = "") -> str:
    """The bank's answer about one payout."""
    return (
        f"<TxInfAndSts><OrgnlInstrId>{number}</OrgnlInstrId>"
        f"<OrgnlEndToEndId>{number}</OrgnlEndToEndId><TxSts>{status}</TxSts>{more}"
        f'<OrgnlTxRef><Amt><InstdAmt Ccy="CNY">{amount}</InstdAmt></Amt>'
        "<CdtrAcct><Id><Othr><Id>6222020200112233</Id></Othr></Id></CdtrAcct></OrgnlTxRef></TxInfAndSts>"
    )


def group(batch: str = "RB-AAAAA-BBBBB", inside: str = "", kind: str = "pain.001.001.09") -> str:
    """What the bank says of the file as a whole."""
    return (
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>{batch}</OrgnlMsgId>"
        f"<OrgnlMsgNmId>{kind}</OrgnlMsgNmId>{inside}</OrgnlGrpInfAndSts>"
    )


def payment(*answers: str, inside: str = "") -> str:
    """A payment group with its transactions."""
    return (
        f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>RB-AAAAA-BBBBB</OrgnlPmtInfId>{inside}"
        f"{''.join(answers)}</OrgnlPmtInfAndSts>"
    )


def report(*parts: str, version: str = "001.10") -> bytes:
    """A pain.002 of these parts."""
    header = "<GrpHdr><MsgId>BANK-1</MsgId><CreDtTm>2026-11-27T10:00:00</CreDtTm></GrpHdr>"
    return message(f"pain.002.{version}", "CstmrPmtStsRpt", header + "".join(parts))


def reason(code: str, words: str = "") -> str:
    """Why the bank refused."""
    more = f"<AddtlInf>{words}</AddtlInf>" if words else ""
    return f"<StsRsnInf><Rsn><Cd>{code}</Cd></Rsn>{more}</StsRsnInf>"


def movement(number: str, amount: str = "", more: str = "", currency: str = "CNY") -> str:
    """One movement of an entry."""
    priced = f'<Amt Ccy="{currency}">{amount}</Amt>' if amount else ""
    return (
        f"<TxDtls><Refs><AcctSvcrRef>B-{number}</AcctSvcrRef><EndToEndId>{number}</EndToEndId></Refs>"
        f"{priced}{more}</TxDtls>"
    )


def entry(
    amount: str,
    *movements: str,
    way: str = "DBIT",
    status: str = "<Sts><Cd>BOOK</Cd></Sts>",
    more: str = "",
    currency: str = "CNY",
) -> str:
    """One booking."""
    return (
        f'<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{way}</CdtDbtInd>{status}'
        "<BookgDt><Dt>2026-11-27</Dt></BookgDt><AcctSvcrRef>BANK-REF</AcctSvcrRef>"
        f"<BkTxCd/>{more}<NtryDtls>{''.join(movements)}</NtryDtls></Ntry>"
    )


def balance(code: str, amount: str, way: str = "CRDT") -> str:
    """A balance of the account."""
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="CNY">{amount}</Amt><CdtDbtInd>{way}</CdtDbtInd>'
        "<Dt><Dt>2026-11-27</Dt></Dt></Bal>"
    )


def one_statement(entries: Iterable[str], head: str = "", account: str = "BANK-A") -> str:
    """The statement of one account."""
    return (
        f"<Stmt><Id>1</Id><Acct><Id><Othr><Id>{account}</Id></Othr></Id><Ccy>CNY</Ccy></Acct>{head}"
        f"{''.join(entries)}</Stmt>"
    )


def statement(*entries: str, head: str = "", version: str = "001.08") -> bytes:
    """A camt.053 with one statement."""
    header = "<GrpHdr><MsgId>BANK-2</MsgId><CreDtTm>2026-11-27T10:00:00</CreDtTm></GrpHdr>"
    return message(f"camt.053.{version}", "BkToCstmrStmt", header + one_statement(entries, head))
