"""Texts that people write in both languages, shown in the reader's."""

from django.utils.translation import get_language


class Both(str):
    """A text in the reader's language, that knows how it is written in either."""

    __slots__ = ("chinese", "english")
    english: str
    chinese: str


def in_chinese() -> bool:
    """Whether the reader reads Chinese."""
    return (get_language() or "").startswith("zh")


def in_language(english: str, chinese: str) -> Both:
    """The text in the reader's language; the English one where there is no Chinese."""
    text = Both((in_chinese() and chinese) or english)
    text.english, text.chinese = english, chinese
    return text
