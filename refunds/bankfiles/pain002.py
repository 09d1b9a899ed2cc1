"""pain.002: what the bank says about the payouts of a pain.001 file, one by one or as a whole."""

import re
from collections import Counter
from collections.abc import Generator, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal
from xml.etree.ElementTree import Element

from backoffice.bulk.reading import Cell
from backoffice.sentences import sentence as _
from refunds.bankfiles.codes import FAILED, SETTLED, STATUSES, WHOLE, told
from refunds.bankfiles.contents import Head, Item
from refunds.bankfiles.elements import (
    check_rows,
    control_sum,
    count,
    find,
    find_all,
    first_text,
    text,
    wrong,
)
from refunds.bankfiles.messages import Found, Kind

GROUP, PAYMENT = "OrgnlGrpInfAndSts", "OrgnlPmtInfAndSts"
PAYMENT_ID = f"{PAYMENT}/OrgnlPmtInfId"
PAYMENT_STATUS, PAYMENT_REASON = f"{PAYMENT}/PmtInfSts", f"{PAYMENT}/StsRsnInf"
TRANSACTION = f"{PAYMENT}/TxInfAndSts"
AMOUNT = "OrgnlTxRef/Amt/InstdAmt"
KIND = Kind(
    "pain.002",
    "CstmrPmtStsRpt",
    range(3, 16),
    frozenset({GROUP, PAYMENT_ID, PAYMENT_STATUS, PAYMENT_REASON, TRANSACTION}),
)
# A batch with several files numbers them behind its own number.
FILE = re.compile(r"(?P<batch>RB-\w{5}-\w{5})-[0-9]{1,4}")


def open_report(found: Generator[Found, None, None]) -> tuple[Head, Generator[Item, None, None]]:
    """The report's head, and its answers one at a time."""
    report = _Report(found)
    head = report.head()
    return head, report.items()


class _Report:
    """One report while it is read: what was said of the whole, and how much of it was seen."""

    def __init__(self, found: Generator[Found, None, None]) -> None:
        self.found = found
        self.group = _Group()
        self.payment = _Payment()
        self.payments = self.silent = 0  # payment groups, and those of them without transactions
        self.first: Element | None = None
        self.row = 0
        self.statuses: Counter[str] = Counter()

    def head(self) -> Head:
        """What comes before the first transaction."""
        for path, element in self.found:
            if path == TRANSACTION:
                self.first = element
                break
            self._note(path, element)
        if not self.group.message:
            raise wrong(0, f"{GROUP}/OrgnlMsgId", _("it is missing."))
        if self.first is None and self.payments == 1 and self.payment.status:
            self.silent = 0
            return self.group.head(self.payment, named=False)
        return self.group.head(
            _Payment(self.group.status, self.group.reason), self.first is not None
        )

    def items(self) -> Generator[Item, None, None]:
        """Every transaction; raises ``BadInput`` for one that is unlike the head, and at the end."""
        with closing(self.found):
            if self.first is not None:
                yield self._item(self.first)
            for path, element in self.found:
                if path == TRANSACTION:
                    yield self._item(element)
                else:
                    self._note(path, element)
        self._check()

    def _note(self, path: str, element: Element) -> None:
        if path == GROUP:
            self.group = _Group.of(element)
        elif path == PAYMENT_ID:
            self.payments, self.silent = self.payments + 1, self.silent + 1
            self.payment = _Payment()
        elif path == PAYMENT_STATUS:
            self.payment.status = (element.text or "").strip()
        elif path == PAYMENT_REASON:
            self.payment.reason = _reason([element])

    def _item(self, element: Element) -> Item:
        self.row += 1
        check_rows(self.row)
        if not self.payment.named:
            self.payment.named, self.silent = True, self.silent - 1
        status = text(element, "TxSts") or self.payment.status or self.group.status
        self.statuses[status] += 1
        answer = STATUSES.get(status, status)
        if self.group.answer in (SETTLED, FAILED) and answer != self.group.answer:
            raise wrong(
                self.row,
                "TxSts",
                _("it says “%(status)s”, but the group as a whole “%(group)s”.")
                % {"status": status[:10], "group": self.group.status},
            )
        amount = find(element, AMOUNT)
        return Item(self.row, _cells(element, amount, answer), untold=amount is None)

    def _check(self) -> None:
        """Hold what was read against the figures of the head."""
        if self.silent and self.payments > 1:
            raise wrong(
                0,
                PAYMENT,
                _("a payment group has no transactions, so nobody can tell whom it is about."),
            )
        if self.group.count is not None and self.row > self.group.count:
            raise wrong(
                0,
                f"{GROUP}/OrgnlNbOfTxs",
                _("it says %(told)d transactions, but there are %(found)d.")
                % {"told": self.group.count, "found": self.row},
            )
        for status, told_ in self.group.detailed.items():
            if self.statuses[status] not in (0, told_):
                raise wrong(
                    0,
                    f"{GROUP}/NbOfTxsPerSts",
                    _("it says %(told)d transactions with %(status)s, but there are %(found)d.")
                    % {"told": told_, "status": status, "found": self.statuses[status]},
                )


@dataclass
class _Payment:
    """What was said of a payment group so far."""

    status: str = ""
    reason: str = ""
    named: bool = False  # one of its transactions was


@dataclass(frozen=True)
class _Group:
    """What the report says of the file that it answers."""

    message: str = ""
    count: int | None = None
    total: Decimal | None = None
    status: str = ""
    reason: str = ""
    detailed: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, element: Element) -> "_Group":
        """The group of a report; raises ``BadInput`` for the answer to another kind of message."""
        kind = text(element, "OrgnlMsgNmId")
        if not kind.startswith("pain.001"):
            raise wrong(
                0,
                f"{GROUP}/OrgnlMsgNmId",
                _("it answers “%(kind)s”, not an order of transfers (pain.001).")
                % {"kind": kind[:35]},
            )
        told_ = {
            text(row, "DtldSts"): count(row, "DtldNbOfTxs") or 0
            for row in find_all(element, "NbOfTxsPerSts")
        }
        return cls(
            text(element, "OrgnlMsgId"),
            count(element, "OrgnlNbOfTxs"),
            control_sum(element, "OrgnlCtrlSum"),
            text(element, "GrpSts"),
            _reason(find_all(element, "StsRsnInf")),
            told_,
        )

    @property
    def answer(self) -> str:
        """What the status says of the whole, in our words; empty when it says nothing of it."""
        return self._answer(self.status)

    def _answer(self, status: str) -> str:
        if status and status not in WHOLE:
            raise wrong(
                0, f"{GROUP}/GrpSts", _("“%(text)s” is not a status.") % {"text": status[:40]}
            )
        return WHOLE.get(status, "")

    def head(self, whole: "_Payment", named: bool) -> Head:
        """The head, as the status of the ``whole`` says; ``named``: single payouts are named as well."""
        file = FILE.fullmatch(self.message)
        if file is None:
            return Head(
                batch=self.message,
                count=self.count,
                total=self.total,
                status=self._answer(whole.status),
                reason=whole.reason,
            )
        if self._answer(whole.status) in (SETTLED, FAILED) and not named:
            raise wrong(
                0,
                GROUP,
                _(
                    "it answers one of several files of batch %(batch)s as a whole. "
                    "Ask the bank for a report that names each payout."
                )
                % {"batch": file["batch"]},
            )
        return Head(batch=file["batch"])


def _cells(element: Element, amount: Element | None, answer: str) -> dict[str, Cell]:
    return {
        "number": _number(element),
        "amount": "" if amount is None else (amount.text or "").strip(),
        "currency": "" if amount is None else amount.get("Ccy", ""),
        "status": answer,
        "reason": _reason(find_all(element, "StsRsnInf")),
        "destination": first_text(
            element, "OrgnlTxRef/CdtrAcct/Id/IBAN", "OrgnlTxRef/CdtrAcct/Id/Othr/Id"
        ),
    }


def _number(element: Element) -> str:
    number = text(element, "OrgnlEndToEndId")
    return text(element, "OrgnlInstrId") if number in ("", "NOTPROVIDED") else number


def _reason(elements: Iterable[Element]) -> str:
    rows = list(elements)
    return told(
        [first_text(row, "Rsn/Cd", "Rsn/Prtry") for row in rows],
        [(found.text or "").strip() for row in rows for found in find_all(row, "AddtlInf")],
    )
