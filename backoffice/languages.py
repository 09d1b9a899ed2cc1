"""Texts that people write in both languages, shown in the reader's."""

from django.utils.translation import get_language


def in_chinese() -> bool:
    """Whether the reader reads Chinese."""
    return (get_language() or "").startswith("zh")


def in_language(english: str, chinese: str) -> str:
    """The text in the reader's language; the English one where there is no Chinese."""
    return (in_chinese() and chinese) or english
