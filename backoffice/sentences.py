"""Sentences that are kept, and said to each reader in the reader's own language.

``sentence`` takes gettext's place where what is said ends in a row: it gives the same text, and knows what
it was made of. A ``SentenceField`` keeps that – the sentence as the catalogue knows it, and its words –
and whoever reads the row has it said in the language of that moment::

    from backoffice.sentences import sentence as _
    problem.message = _("There is no payout %(number)s.") % {"number": number}
"""

import json
from collections.abc import Mapping
from typing import Any

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext

from backoffice.languages import Both, in_language

KEPT = '["'  # how a kept sentence begins; anything else is a text from before there were any
Parts = list[Any]  # the sentence's id, its words by name, and, if it has one, its context


class Sentence(str):
    """A text in the language of whoever asked for it, that can be said in another one."""

    __slots__ = ("parts",)
    parts: Parts

    def __mod__(self, words: Any) -> "Sentence":
        """The sentence with its words in their places."""
        name, _words, *context = self.parts
        kept = {word: _kept(value) for word, value in words.items()}
        return _sentence(str.__mod__(self, words), [name, kept, *context])


def sentence(name: str) -> Sentence:
    """As ``gettext``: the sentence in the current language."""
    return _sentence(gettext(name), [name, {}])


def said(message: str | Promise) -> str:
    """``message`` as a sentence that can be kept, where it is one: also one that waits for its language."""
    if not isinstance(message, Promise):
        return message
    _unpickle, (_function, names, *_rest) = message.__reduce__()  # type: ignore[misc]  # Django gives two
    *context, name = names
    return _sentence(str(message), [name, {}, *context])


def read(kept: Any) -> Any:
    """What a column holds, in the current language; a text that was never a sentence is as it stands."""
    return _say(json.loads(kept)) if isinstance(kept, str) and kept.startswith(KEPT) else kept


def write_out(rows: models.QuerySet, longest: Mapping[str, int]) -> None:
    """Let columns hold texts again, cut to their lengths: a migration's way back."""
    for row in rows.iterator():
        for name, length in longest.items():
            setattr(row, name, str(read(getattr(row, name)))[:length])
        row.save()


def _sentence(text: str, parts: Parts) -> Sentence:
    made = Sentence(text)
    made.parts = parts
    return made


def _kept(word: Any) -> Any:
    """A word as JSON has it: numbers and names are the same in every language, the others are not."""
    word = said(word) if isinstance(word, Promise) else word
    if isinstance(word, int):
        return word
    text = word if isinstance(word, str) else str(word)
    if isinstance(text, Sentence):
        return text.parts
    return {"en": text.english, "zh": text.chinese} if isinstance(text, Both) else str(text)


def _say(parts: Parts) -> Sentence:
    name, words, *context = parts
    text = pgettext(context[0], name) if context else gettext(name)
    if words:
        text = text % {word: _word(value) for word, value in words.items()}
    return _sentence(text, parts)


def _word(value: Any) -> Any:
    if isinstance(value, dict):
        return in_language(value["en"], value["zh"])
    return _say(value) if isinstance(value, list) else value


class SentenceField(models.TextField):
    """Keeps a sentence by its parts; reads it in the reader's language. Any other text stays as it is."""

    def get_prep_value(self, value: Any) -> Any:
        """The parts as JSON."""
        value = said(value) if isinstance(value, Promise) else value
        if isinstance(value, Sentence):
            return json.dumps(value.parts, ensure_ascii=False)
        return super().get_prep_value(value)

    def from_db_value(self, value: Any, *_args: Any) -> Any:
        """The sentence in the current language."""
        return read(value)

    def deconstruct(self) -> Any:
        """To the database, and so to a migration, it is a text like any other."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs
