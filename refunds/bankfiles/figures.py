"""What a camt.053 statement says of itself – balances, sums and counts – held against its entries."""

from decimal import Decimal
from xml.etree.ElementTree import Element

from backoffice.money import ZERO
from backoffice.sentences import sentence as _
from refunds.bankfiles.contents import IN
from refunds.bankfiles.elements import amount, control_sum, count, find, text, wrong
from refunds.bankfiles.entries import DIRECTIONS, SIGNS, Entry

OPENING, CLOSING = ("OPBD", "PRCD"), "CLBD"
KINDS = ("TtlNtries", "TtlCdtNtries", "TtlDbtNtries")


class Figures:
    """The figures of one statement, told and found."""

    def __init__(self, *, paged: bool = False) -> None:
        self.balances: dict[str, Decimal] = {}
        self.told: dict[str, tuple[int | None, Decimal | None]] = {}
        self.found = dict.fromkeys(KINDS, (0, ZERO))
        self.net = ZERO
        self.paged = paged  # balances and sums may then be those of all pages

    def page(self, element: Element) -> None:
        """Take in that the statement may be one page of several."""
        self.paged = self.paged or (
            text(element, "PgNb") != "1" or text(element, "LastPgInd") not in ("true", "1")
        )

    def balance(self, element: Element) -> str:
        """Take in a balance, and give its currency; those of single pages are passed over."""
        code, direction = text(element, "Tp/CdOrPrtry/Cd"), text(element, "CdtDbtInd")
        money = find(element, "Amt")
        if find(element, "Tp/SubTp") is not None or money is None or direction not in DIRECTIONS:
            return ""
        value, currency = amount(0, money, "Stmt/Bal/Amt", most=None)
        self.balances[code] = value * SIGNS[DIRECTIONS[direction]]
        return currency

    def summary(self, element: Element) -> None:
        """Take in the sums and counts."""
        for kind in KINDS:
            self.told[kind] = (
                count(element, f"{kind}/NbOfNtries"),
                control_sum(element, f"{kind}/Sum"),
            )

    def add(self, entry: Entry) -> None:
        """Count an entry."""
        own = "TtlCdtNtries" if entry.direction == IN else "TtlDbtNtries"
        for kind in ("TtlNtries", own):
            number, total = self.found[kind]
            self.found[kind] = (number + 1, total + entry.amount)
        if entry.counts():
            self.net += entry.signed

    def check(self) -> None:
        """Raise ``BadInput`` for a figure that the entries do not bear out."""
        if self.paged:
            return
        for kind, told in self.told.items():
            for name, said, found in zip(
                ("NbOfNtries", "Sum"), told, self.found[kind], strict=True
            ):
                if said is not None and said != found:
                    raise _lie(f"Stmt/TxsSummry/{kind}/{name}", said, found)
        opening = next((self.balances[code] for code in OPENING if code in self.balances), None)
        closing = self.balances.get(CLOSING)
        if opening is not None and closing is not None and opening + self.net != closing:
            raise _lie(f"Stmt/Bal ({CLOSING})", closing, opening + self.net)


def _lie(path: str, said: object, found: object) -> Exception:
    return wrong(
        0,
        path,
        _("it says %(told)s, but the entries give %(found)s.") % {"told": said, "found": found},
    )
