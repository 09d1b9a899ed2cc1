"""A store's canned replies, filled in for a case."""

from backoffice.models import User
from refunds.models import CannedReply, RefundCase
from refunds.talking.placeholders import CHINESE, fill
from refunds.talking.values import buyers_language, values_for

MOST = 100


def replies_for(case: RefundCase, reader: User) -> list[tuple[CannedReply, str]]:
    """The store's active replies that ``reader`` may use, each as it would read to this buyer.

    They are the store's own voice: the platform has none.
    """
    own = CannedReply.objects.visible_to(reader).filter(store=case.store_id, active=True)
    rows = list(own.order_by("title")[:MOST])
    language = buyers_language(case)
    values = values_for(case, language) if rows else {}
    return [(row, fill(_text(row, language), values)) for row in rows]


def _text(row: CannedReply, language: str) -> str:
    return row.body_zh or row.body if language == CHINESE else row.body
