"""What a bank is asked to do, and everything that it needs for it: checked before anybody signs."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from backoffice import money
from backoffice.exceptions import BadInput
from backoffice.money import ZERO
from backoffice.sentences import sentence as _

LINES = 1_000  # transfers of one file: what banks take
ACCOUNT = re.compile(r"[A-Z0-9]{5,34}")
LIKE_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?")
CNAPS = re.compile(r"[0-9]{12}")
# A number that every bank gives back as it was: the letters of the old networks, no slash at an end.
NUMBER = re.compile(r"(?!/)(?!.*//)[A-Za-z0-9/?:().,'+ -]{1,35}(?<!/)")
UNWRITABLE = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
NAME, TEXT = 70, 140  # characters; the schema has 140 for both, many banks cut names


@dataclass(frozen=True)
class Transfer:
    """One payment to one account; ``number`` is given back with every answer."""

    number: str
    amount: Decimal
    currency: str
    payee: str
    account: str
    bank_code: str
    text: str


@dataclass(frozen=True)
class Order:
    """Transfers from one account, as one file: ``number`` is the file's own, for ever."""

    number: str
    created: datetime
    day: date
    debtor: str
    account: str
    transfers: Sequence[Transfer]

    @property
    def total(self) -> Decimal:
        """The control sum."""
        return sum((transfer.amount for transfer in self.transfers), ZERO)


def check(order: Order) -> None:
    """Raise ``BadInput`` with what the bank would miss first; the sentence names the payout."""
    for objection in objections(order):
        raise BadInput(objection)


def objections(order: Order) -> Iterator[str]:
    """Whatever a bank would refuse, as sentences."""
    if not 0 < len(order.transfers) <= LINES:
        yield _("A bank's file has 1 to %(limit)d payouts.") % {"limit": LINES}
    yield from _of_payer(order.account)
    if not clean(order.debtor, NAME):
        yield _("The merchant has no name that a bank could read. Enter it.")
    for transfer in order.transfers:
        yield from _named(transfer)
    if len({transfer.currency for transfer in order.transfers}) > 1:
        yield _("The payouts are in several currencies, and a bank's file has one.")


def check_transfers(account: str, transfers: Sequence[Transfer]) -> None:
    """Raise ``BadInput`` for what a bank would refuse first: who pays, or one of those who are paid."""
    for why in _of_payer(account) if transfers else ():
        raise BadInput(why)
    for transfer in transfers:
        for why in _named(transfer):
            raise BadInput(why)


def _of_payer(account: str) -> Iterator[str]:
    if not account:
        yield _(
            "The store has no payout account, so no bank can pay from it. Enter it on the store."
        )
    elif not _account_fits(account):
        yield _(
            "The store's payout account is neither an IBAN nor 5 to 34 letters and digits. Mend it."
        )


def _named(transfer: Transfer) -> Iterator[str]:
    if (why := objection(transfer)) is not None:
        yield _("Payout %(number)s: %(why)s") % {"number": transfer.number, "why": why}


def objection(transfer: Transfer) -> str | None:
    """What is missing or wrong for a bank transfer, if anything."""
    account = bare(transfer.account)
    if not account:
        return _("it has no account to go to. Enter the buyer's account on the payout.")
    if LIKE_IBAN.fullmatch(account) and not is_iban(account):
        return _("its account looks like an IBAN, but its check digits are wrong.")
    if not ACCOUNT.fullmatch(account):
        return _("its account is neither an IBAN nor 5 to 34 letters and digits.")
    if not clean(transfer.payee, NAME):
        return _("it does not say whose account it is. Enter the name on the payout.")
    code = bare(transfer.bank_code)
    if not code and not is_iban(account):
        return _("its account is no IBAN, so the bank's BIC or CNAPS code is needed.")
    if code and not BIC.fullmatch(code) and not CNAPS.fullmatch(code):
        return _("its bank code is neither a BIC nor a CNAPS code of 12 digits.")
    if not NUMBER.fullmatch(transfer.number):
        return _("its number has letters that banks do not give back.")
    return _money_objection(transfer)


def _money_objection(transfer: Transfer) -> str | None:
    if why := money.objection_to(transfer.currency):
        return why
    exact = transfer.amount == money.quantise(transfer.amount, transfer.currency)
    if not exact or not ZERO < transfer.amount <= money.LIMIT:
        return _("its amount cannot be paid in its currency.")
    return None


def _account_fits(account: str) -> bool:
    plain = bare(account)
    if LIKE_IBAN.fullmatch(plain):
        return is_iban(plain)
    return ACCOUNT.fullmatch(plain) is not None


def is_iban(account: str) -> bool:
    """Whether it is an IBAN with its check digits. Who writes no transfers does without the library."""
    from stdnum import iban

    return bool(iban.is_valid(account))


def bare(text: str) -> str:
    """An account or a code as machines write it: capitals, no spaces, no hyphens."""
    return re.sub(r"[\s-]", "", text).upper()


def clean(text: str, limit: int) -> str:
    """``text`` without what XML cannot hold, its spaces folded, cut to ``limit``."""
    return " ".join(UNWRITABLE.sub(" ", text).split())[:limit].rstrip()
