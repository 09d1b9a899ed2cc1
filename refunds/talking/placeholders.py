"""Placeholders of canned replies: a closed list of words in braces, and nothing behind them.

Own code because ``str.format`` would follow ``{case.__class__}`` into the program. A text is read
once from left to right: a buyer named “{order}” stays that.
"""

import re
from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

PIECE = re.compile(r"\{([^{}]*)\}|[{}]")
ENGLISH, CHINESE = "en", "zh-hans"
# Each placeholder, and what a preview says in English and in Chinese where there is no case.
EXAMPLES: dict[str, tuple[str, str]] = {
    "buyer": ("Lin Xiao", "林晓"),
    "order": ("20261121-0042", "20261121-0042"),
    "case": ("RC-7K2MD-Q4F8X", "RC-7K2MD-Q4F8X"),
    "amount": ("¥128.00", "¥128.00"),
    "store": ("Aurora Home", "极光家居旗舰店"),
    "due": ("2026-11-23 18:00", "2026-11-23 18:00"),
    "carrier": ("SF Express", "顺丰速运"),
    "tracking": ("SF1440028813", "SF1440028813"),
    "return_tracking": ("ZT7781200345", "ZT7781200345"),
    "reason": ("Quality fault", "质量问题"),
}


def check(text: str) -> None:
    """Raise ``ValidationError``, with a sentence, for a placeholder that there is not."""
    for found in PIECE.finditer(text):
        if found[1] is None:
            raise ValidationError(
                _(
                    "There is a “%(brace)s” without its other half. Write placeholders like {buyer}."
                ),
                params={"brace": found[0]},
            )
        if found[1] not in EXAMPLES:
            raise ValidationError(
                _("There is no placeholder “{%(name)s}”. These are there: %(known)s."),
                params={"name": found[1][:40], "known": known()},
            )


def known() -> str:
    """The placeholders, as they are written."""
    return " ".join(f"{{{name}}}" for name in EXAMPLES)


def fill(text: str, values: Mapping[str, str]) -> str:
    """``text`` with its placeholders replaced; one that is not known stays as it is written."""
    return PIECE.sub(lambda found: values.get(found[1] or "", found[0]), text)


def examples(language: str) -> dict[str, str]:
    """What a preview says, where there is no case."""
    return {name: pair[language == CHINESE] for name, pair in EXAMPLES.items()}
