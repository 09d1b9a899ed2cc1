"""Payouts and refund cases as files: what their lists offer to export.

Column names are fixed English words, the same in every language: programs read them, too.
"""

from typing import ClassVar

from backoffice.exporting.columns import Column, Kind, ListResource
from refunds.models import Payout, RefundCase
from refunds.payouts.destinations import KNOWN


class PayoutListResource(ListResource):
    """A payout as finance keeps it: of where it goes only that it is known; the bank's file has the whole."""

    number = Column("number", Kind.CODE)
    case = Column("case__number", Kind.CODE)
    order = Column("case__order__number", Kind.TEXT)
    purpose = Column("purpose", Kind.CODE)
    method = Column("method", Kind.CODE)
    channel = Column("channel", Kind.TEXT)
    destination = Column(KNOWN, Kind.CODE)
    amount = Column("amount", Kind.AMOUNT)
    currency = Column("currency", Kind.CODE)
    store = Column("case__store__code", Kind.TEXT)
    batch = Column("batch__number", Kind.CODE)
    state = Column("state", Kind.CODE)
    bank_reason = Column("bank_reason", Kind.TEXT)
    queued_at = Column("queued_at", Kind.MOMENT)
    settled_at = Column("settled_at", Kind.MOMENT)

    class Meta:
        model = Payout
        name = "Payouts"
        fields: ClassVar = (
            "number", "case", "order", "purpose", "method", "channel", "destination", "amount",
            "currency", "store", "batch", "state", "bank_reason", "queued_at", "settled_at",
        )  # fmt: skip
        export_order = fields


class RefundCaseListResource(ListResource):
    """A case as a person reads it in a spreadsheet. Out only: cases change by actions."""

    number = Column("number", Kind.CODE)
    external_number = Column("external_number", Kind.TEXT)
    store = Column("store__code", Kind.TEXT)
    order = Column("order__number", Kind.TEXT)
    buyer = Column("order__buyer__name", Kind.TEXT)
    kind = Column("kind", Kind.CODE)
    state = Column("state", Kind.CODE)
    reason = Column("reason__code", Kind.TEXT)
    reason_text = Column("reason_text", Kind.TEXT)
    currency = Column("currency", Kind.CODE)
    amount_requested = Column("amount_requested", Kind.AMOUNT)
    amount_approved = Column("amount_approved", Kind.AMOUNT)
    requested_at = Column("requested_at", Kind.MOMENT)
    due_at = Column("due_at", Kind.MOMENT)
    closed_at = Column("closed_at", Kind.MOMENT)

    class Meta:
        model = RefundCase
        name = "Refund cases"
        fields: ClassVar = (
            "number", "external_number", "store", "order", "buyer", "kind", "state", "reason",
            "reason_text", "currency", "amount_requested", "amount_approved", "requested_at", "due_at",
            "closed_at",
        )  # fmt: skip
        export_order = fields
