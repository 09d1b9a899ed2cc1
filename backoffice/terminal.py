"""The language of whoever sits at the terminal, from its environment."""

import os

from django.conf import settings
from django.utils.translation import get_supported_language_variant, to_language

VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")  # the first that is set counts


def language() -> str:
    """The product's language nearest to the terminal's: “zh-hans” for ``LANG=zh_CN.UTF-8``."""
    value = next(filter(None, map(os.environ.get, VARIABLES)), "")
    try:
        return get_supported_language_variant(to_language(value.partition(".")[0]))
    except LookupError:  # “C”, or a language that we do not have
        return settings.LANGUAGE_CODE
