"""Who did something to a row: an account, and the person whose account it was.

Four eyes are those of two people, not of two accounts, so both are kept.
"""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


def by(label: "_StrPromise") -> models.ForeignKey:
    """The account, called ``label``; empty until somebody did it."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=label,
    )


def person() -> models.UUIDField:
    """Whose account it was."""
    return models.UUIDField(_("person"), null=True, blank=True, editable=False)


def known(did: str) -> Q:
    """Where ``<did>_by`` names an account, ``<did>_person`` names its person."""
    return Q(**{f"{did}_by": None, f"{did}_person": None}) | Q(
        **{f"{did}_by__isnull": False, f"{did}_person__isnull": False}
    )
