"""The accounts that money goes to, in clear: for the bank's files, a batch's seal, and comparisons."""

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from backoffice.privacy.keys import clear_all


class Goal(Protocol):
    """What says where money goes: a payout, or a way that one is to go."""

    @property
    def destination(self) -> str:
        """An account, or the reference of a payment."""

    @property
    def payee(self) -> str:
        """Whose account it is."""

    @property
    def bank_code(self) -> str:
        """At which bank."""


class BuyersAccount(NamedTuple):
    """An account – or the reference of a payment –, whose it is, and at which bank."""

    number: str
    holder: str
    bank_code: str


def accounts_of(goals: Iterable[Goal]) -> list[BuyersAccount]:
    """The account of each, with one query for all keys. What was erased is empty."""
    sealed = [text for goal in goals for text in (goal.destination, goal.payee, goal.bank_code)]
    texts = clear_all(sealed)
    return [BuyersAccount(*texts[start : start + 3]) for start in range(0, len(texts), 3)]
