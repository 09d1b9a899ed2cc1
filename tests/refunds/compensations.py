"""Compensation cases for tests, opened through the product's own services."""

from decimal import Decimal
from typing import Any

from backoffice.actors import person
from backoffice.models import User
from orders.models import Order
from refunds.batches.building import build
from refunds.batches.files import export
from refunds.intake import LineRequest
from refunds.models import Compensation, Kind, Payout, RefundBatch, RefundCase
from refunds.workflow import perform
from tests.cast import Cast
from tests.refunds.factories import make_case
from tests.refunds.money import answer, apply, release


def propose(
    order: Order,
    user: User,
    kind: str,
    amount: str | None = None,
    *,
    quantity: int = 0,
    **more: Any,
) -> RefundCase:
    """A compensation of ``kind``: about the order, or about ``quantity`` pieces of its first line."""
    lines = [LineRequest(order.lines.all()[0].pk, quantity)] if quantity else []
    return make_case(
        order,
        user,
        kind=Kind.COMPENSATION,
        reason_code="S02",
        lines=lines,
        amount=None if amount is None else Decimal(amount),
        compensation_type=kind,
        **more,
    )


def do(case: RefundCase, user: User, action: str, **details: Any) -> RefundCase:
    """``action`` by ``user``, with whatever it asks for."""
    return perform(action, case_id=case.pk, actor=person(user), **details)


def settled(cast: Cast, case: RefundCase) -> Payout:
    """The case's payout, after the bank said that the money arrived."""
    payout = Payout.objects.get(case=case)
    batch = build(
        store_id=cast.a.pk,
        currency=case.currency,
        actor=person(cast.finance),
        payout_ids=[payout.pk],
    )
    release(batch_id=batch.pk, actor=person(cast.checker))
    export(batch_id=batch.pk, actor=person(cast.finance), file_format="csv")
    apply(cast, RefundBatch.objects.get(pk=batch.pk), [answer(payout)])
    return Payout.objects.get(pk=payout.pk)


def row_of(case: RefundCase) -> Compensation:
    """What the case proposes or gave, as the database has it."""
    return Compensation.objects.get(case=case)
