"""Reasons say nothing of who the buyer is: they stand in history for ever, in clear, where no erasing reaches.

Auditors need them, so they cannot be sealed as what buyers and stores write to each other is. What would tell
who it was is refused before it is written: the name, an account, a telephone number, an address of mail.
"""

import re
from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from backoffice.exceptions import BadInput
from backoffice.privacy.keys import clear_all
from orders.models import Buyer

TELEPHONE = re.compile(r"(?<!\d)(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)")
MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
LETTER = r"[^\W\u3400-\u9fff]"  # of a script that writes spaces between words
SHORTEST_WORD, SHORTEST_ACCOUNT = 4, 6  # characters; what is shorter says nothing by itself


def require_nameless(text: str, buyer: Buyer | None, more: Iterable[str] = ()) -> None:
    """Raise ``BadInput`` where ``text`` names the buyer, or says ``more`` of them: accounts and their holders.

    Whoever is refused typed the words themselves; trying names out would leave the right ones in history.
    """
    known = clear_all([buyer.name if buyer else "", *more])
    accounts = [value for value in known[1:] if any(map(str.isdigit, value))]
    names = [value for value in known if value not in accounts]
    for found in (*_patterns(text), *_names(text, names), *_accounts(text, accounts)):
        raise BadInput(
            _(
                "“%(words)s” says who the buyer is. A reason stays for good, even when the buyer is erased: write "
                "“the buyer”, and put the rest into an internal note, which is sealed."
            )
            % {"words": found}
        )


def _patterns(text: str) -> Iterator[str]:
    for pattern in (TELEPHONE, MAIL):
        yield from (match[0] for match in pattern.finditer(text))


def _names(text: str, known: Iterable[str]) -> Iterator[str]:
    """The whole name in any spelling, or a word of it as a name is written: “Price”, but not “price”."""
    for name in known:
        words = name.split()
        parts = [word for word in words if len(word) >= SHORTEST_WORD and word[0].isupper()]
        if len(name) > 1 and (match := _named(text, words, re.IGNORECASE)):
            yield match[0]
        whole_name = len(words) > 1 and not any(map(str.isdigit, name))  # “Buyer 17” has no parts
        for match in (_named(text, [part]) for part in parts if whole_name):
            if match:
                yield match[0]


def _named(text: str, words: list[str], flags: int = 0) -> re.Match[str] | None:
    spaced = r"\s+".join(map(re.escape, words))
    return re.search(rf"(?<!{LETTER}){spaced}(?!{LETTER})", text, flags)


def _accounts(text: str, known: Iterable[str]) -> Iterator[str]:
    together = re.sub(r"[\s-]", "", text).casefold()
    for account in known:
        plain = re.sub(r"[\s-]", "", account)
        if len(plain) >= SHORTEST_ACCOUNT and plain.casefold() in together:
            yield account
