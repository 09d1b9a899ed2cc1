"""How much care a buyer's record deserves, and why."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from refunds.models import Risk
from refunds.risk.records import Record

MEDIUM, HIGH = 2, 5  # points from which the risk is medium, and high


@dataclass(frozen=True)
class Sign:
    """Something in a record that asks for care: so many points, and the words that say why."""

    code: str
    points: Callable[[Record], int]
    words: Callable[[Record], str]


SIGNS = [
    Sign(
        "refund_only",
        lambda record: 4 if record.refund_only >= 6 else 2 if record.refund_only >= 3 else 0,
        lambda record: (
            ngettext(
                "%(n)d refund-only case in 90 days",
                "%(n)d refund-only cases in 90 days",
                record.refund_only,
            )
            % {"n": record.refund_only}
        ),
    ),
    Sign(
        "share",
        lambda record: 2 if record.orders_with_case >= 3 and record.share >= 50 else 0,
        lambda record: _("%(share)d %% of the orders came with a case") % {"share": record.share},
    ),
    Sign(
        "abuse",
        lambda record: 3 if record.abuse else 0,
        lambda record: (
            ngettext(
                "%(n)d case rejected for abuse", "%(n)d cases rejected for abuse", record.abuse
            )
            % {"n": record.abuse}
        ),
    ),
    Sign(
        "disputes_lost",
        lambda record: 2 if record.disputes_lost else 0,
        lambda record: (
            ngettext(
                "%(n)d dispute lost by the buyer",
                "%(n)d disputes lost by the buyer",
                record.disputes_lost,
            )
            % {"n": record.disputes_lost}
        ),
    ),
    Sign(
        "withdrawn",
        lambda record: 1 if record.withdrawn >= 3 else 0,
        lambda record: _("%(n)d cases withdrawn") % {"n": record.withdrawn},
    ),
]


def score(record: Record) -> int:
    """All points of a record."""
    return sum(sign.points(record) for sign in SIGNS)


def level(record: Record) -> Risk:
    """Low, medium or high: by the points that the record's signs add up to."""
    points = score(record)
    return Risk.HIGH if points >= HIGH else Risk.MEDIUM if points >= MEDIUM else Risk.LOW


def reasons(record: Record) -> list[tuple[str, int]]:
    """Why: each sign in the reader's language, with its points."""
    return [(sign.words(record), sign.points(record)) for sign in SIGNS if sign.points(record)]
