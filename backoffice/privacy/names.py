"""Finding people by name where names are ciphertext: a mark for the name and for each word of it.

A mark is a keyed hash. Whoever has the database alone cannot guess names with it, and erasing a person
takes their marks away. Parts of words are not found.
"""

import hmac
from collections.abc import Iterable

from backoffice.privacy.keys import Subject, keys_of
from backoffice.privacy.models import PersonKey, PersonWord
from backoffice.privacy.sealed import close

INDEX = Subject("the index of names", 0)
MOST = 200  # people of one name that a search finds


def remember(names: Iterable[tuple[int, str]]) -> None:
    """Have each person (by the number of their key) found by their name from now on."""
    pairs = {(person, word) for person, name in names for word in _words(name)}
    if not pairs:
        return
    marks = _marks({word for _person, word in pairs})
    rows = [PersonWord(person_id=person, mark=marks[word]) for person, word in sorted(pairs)]
    PersonWord.objects.bulk_create(rows, ignore_conflicts=True)


def named(text: str) -> list[str]:
    """The subjects whose name, or a word of it, is ``text``."""
    word = text.strip().casefold()
    if not word:
        return []
    people = PersonKey.objects.filter(words__mark=_marks({word})[word], destroyed_at=None)
    return list(people.order_by("pk").values_list("subject", flat=True)[:MOST])


def _words(name: str) -> set[str]:
    whole = name.strip().casefold()
    return {whole, *whole.split()} - {""}


def _marks(words: Iterable[str]) -> dict[str, str]:
    """The mark of each word, under a key that is kept as those of people are."""
    person, cipher = keys_of([INDEX], hold=False)[INDEX]  # nobody destroys it
    key = close("marks", person, cipher).token.encode()
    return {word: hmac.digest(key, word.encode(), "sha256").hex()[:32] for word in words}
