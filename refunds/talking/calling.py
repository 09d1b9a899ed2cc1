"""Telling a person to look at a case."""

from backoffice import clock
from backoffice.models import User
from refunds.models import Notice, RefundCase


def call(*, case: RefundCase, recipient: User, kind: str, about: str) -> None:
    """Tell ``recipient`` once about ``about``."""
    Notice.objects.get_or_create(
        case=case,
        recipient=recipient,
        kind=kind,
        about=about,
        defaults={"made_at": clock.now()},
    )
