"""A store's canned replies, filled in for a case."""

from refunds.models import CannedReply, RefundCase
from refunds.talking.placeholders import CHINESE, fill
from refunds.talking.values import buyers_language, values_for

MOST = 100


def replies_for(case: RefundCase) -> list[tuple[CannedReply, str]]:
    """The store's active replies, each as it would read to this buyer."""
    rows = CannedReply.objects.filter(store=case.store_id, active=True).order_by("title")[:MOST]
    language = buyers_language(case)
    values = values_for(case, language) if rows else {}
    return [(row, fill(_text(row, language), values)) for row in rows]


def _text(row: CannedReply, language: str) -> str:
    return row.body_zh or row.body if language == CHINESE else row.body
