"""One entry of a camt.053 statement, and the lines that it becomes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from xml.etree.ElementTree import Element

from backoffice.money import ZERO
from backoffice.sentences import sentence as _
from refunds.bankfiles.codes import told
from refunds.bankfiles.contents import IN, OUT, StatementLine
from refunds.bankfiles.elements import (
    NAME,
    amount,
    count,
    day,
    find,
    find_all,
    first_text,
    reference,
    text,
    wrong,
)

ENTRY = "Stmt/Ntry"
MOVEMENT = f"{ENTRY}/NtryDtls/TxDtls"
FIELDS = (
    "Amt",
    "CdtDbtInd",
    "RvslInd",
    "Sts",
    "BookgDt",
    "ValDt",
    "AcctSvcrRef",
    "BkTxCd",
    "Chrgs",
)
BATCH = "NtryDtls/Btch"
ENTRY_PARTS = frozenset({MOVEMENT, *(f"{ENTRY}/{name}" for name in (*FIELDS, BATCH))})
DIRECTIONS = {"DBIT": OUT, "CRDT": IN}
SIGNS = {OUT: -1, IN: 1}
CHARGES = "Charges"
RETURNED = "RRTN"  # sub-family of the bank's transaction codes


class Money(NamedTuple):
    """An amount and the way that it went."""

    amount: Decimal
    direction: str


class Told(NamedTuple):
    """What a line says beside its money."""

    number: str
    reference: str
    reason: str = ""
    returned: bool = False


@dataclass
class Entry:
    """What the statement says of an entry so far; ``row`` is the line that comes next."""

    row: int
    amount: Decimal
    currency: str
    direction: str = ""
    status: str = ""
    reversal: bool = False
    booked_on: date | None = None
    reference: str = ""
    code: str = ""
    batch: str = ""
    announced: int = 0  # movements that the batch says it has
    charged: bool = False
    details: int = 0
    sum: Decimal = ZERO  # of the lines, negative when money left
    unpriced: Told | None = None  # the only movement, without an amount of its own

    @classmethod
    def of(cls, row: int, element: Element) -> "Entry":
        """A new entry, by its first element: the amount."""
        return cls(row, *amount(row, element, f"{ENTRY}/Amt"))

    @property
    def signed(self) -> Decimal:
        """The amount, negative when it left the account."""
        return self.amount * SIGNS[self.direction]

    def note(self, name: str, element: Element) -> None:
        """Take in one of ``FIELDS`` or the batch."""
        said = (element.text or "").strip()
        if name == "CdtDbtInd":
            self.direction = self._direction(said, name)
        elif name == "RvslInd":
            self.reversal = said in ("true", "1")
        elif name == "Sts":
            self.status = text(element, "Cd") or said
        elif name == "BookgDt" or (name == "ValDt" and self.booked_on is None):
            self.booked_on = day(self.row, element, f"{ENTRY}/{name}")
        elif name == "AcctSvcrRef":
            self.reference = said[:NAME]
        elif name == "BkTxCd":
            self.code = text(element, "Domn/Fmly/SubFmlyCd")
        elif name == "Chrgs":
            self.charged = True
        elif name == BATCH:
            self.batch = first_text(element, "PmtInfId", "MsgId")[:NAME]
            self.announced += count(element, "NbOfTxs") or 0

    def lines_of(self, movement: Element) -> Iterator[StatementLine]:
        """The line of one of its movements; one without an amount waits to be the only one."""
        self.details += 1
        money = self._money(movement)
        if self.unpriced is not None or (money is None and self.details > 1):
            raise wrong(
                self.row,
                f"{MOVEMENT}/Amt",
                _("one of several movements has no amount in %(currency)s.")
                % {"currency": self.currency},
            )
        said = self._told(movement)
        if money is None:
            self.unpriced = said
        else:
            yield self._line(money, said)

    def rest(self) -> Iterator[StatementLine]:
        """What is left at the end: the whole entry when nothing was named, or its charges."""
        if self.details and self.announced not in (0, self.details):
            raise wrong(
                self.row - 1,
                f"{ENTRY}/NtryDtls/Btch/NbOfTxs",
                _("it says %(told)d transactions, but there are %(found)d.")
                % {"told": self.announced, "found": self.details},
            )
        whole = Money(self.amount, self.direction)
        if self.unpriced is not None:
            yield self._line(whole, self.unpriced)
        elif not self.details:
            came_back = self.reversal or self.code == RETURNED
            yield self._line(whole, Told(self.batch, self.reference, returned=came_back))
        elif self.sum != self.signed:
            left = self.signed - self.sum
            if not self.charged:
                raise wrong(
                    self.row - 1,
                    f"{ENTRY}/Amt",
                    _("it says %(told)s, but its movements add up to %(found)s.")
                    % {"told": self.signed, "found": self.sum},
                )
            money = Money(abs(left), IN if left > 0 else OUT)
            yield self._line(money, Told("", self.reference, CHARGES))

    def counts(self) -> bool:
        """Whether it was booked; raises ``BadInput`` when something is missing that every entry has."""
        for name, said in (("CdtDbtInd", self.direction), ("Sts", self.status)):
            if not said:
                raise wrong(self.row, f"{ENTRY}/{name}", _("it is missing."))
        return self.status == "BOOK"

    def _direction(self, said: str, name: str) -> str:
        if said not in DIRECTIONS:
            raise wrong(self.row, f"{ENTRY}/{name}", _("it must be DBIT or CRDT."))
        return DIRECTIONS[said]

    def _money(self, movement: Element) -> Money | None:
        """What a movement is of, in the account's currency."""
        said = text(movement, "CdtDbtInd")
        direction = self._direction(said, "NtryDtls/TxDtls/CdtDbtInd") if said else self.direction
        self.charged = self.charged or find(movement, "Chrgs") is not None
        for path in ("Amt", "AmtDtls/TxAmt/Amt"):
            found = find(movement, path)
            if found is not None and found.get("Ccy") == self.currency:
                return Money(amount(self.row, found, f"{MOVEMENT}/{path}")[0], direction)
        return None

    def _told(self, movement: Element) -> Told:
        code = text(movement, "BkTxCd/Domn/Fmly/SubFmlyCd") or self.code
        back = find(movement, "RtrInf")
        number = reference(self.row, movement, "Refs/EndToEndId")
        if number in ("", "NOTPROVIDED"):
            number = reference(self.row, movement, "Refs/InstrId")
        return Told(
            number=number,
            reference=text(movement, "Refs/AcctSvcrRef")[:NAME] or self.reference,
            reason=told(
                [] if back is None else [first_text(back, "Rsn/Cd", "Rsn/Prtry")],
                [(row.text or "").strip() for row in find_all(movement, "RtrInf/AddtlInf")],
            ),
            returned=self.reversal or code == RETURNED or back is not None,
        )

    def _line(self, money: Money, said: Told) -> StatementLine:
        if self.booked_on is None:
            raise wrong(self.row, f"{ENTRY}/BookgDt", _("it is missing."))
        self.sum += money.amount * SIGNS[money.direction]
        self.row += 1
        return StatementLine(
            row=self.row - 1,
            number=said.number,
            amount=money.amount,
            currency=self.currency,
            booked_on=self.booked_on,
            direction=money.direction,
            bank_reference=said.reference,
            reason=said.reason,
            returned=said.returned and money.direction == IN,
        )
