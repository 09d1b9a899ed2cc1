"""Thousands of overdue cases, written by the database from one another, with all their versions."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count

from django.db.models import DurationField, ExpressionWrapper, F, IntegerField, Value
from django.db.models.functions import Cast, Concat

from backoffice.actors import INSTALLER, system
from backoffice.audit.bulk import create_many
from backoffice.audit.recording import recorded
from backoffice.audit.sets import insert_set
from backoffice.clock import now
from backoffice.privacy.fields import seal_rows
from merchants.models import Store
from orders.models import Buyer, Order, OrderLine, Payment
from refunds.models import CaseLine, Clock, Kind, Reason, RefundCase, RefundPolicy, Stage

BATCH = 5_000
PRICE, FREIGHT = Decimal("12.50"), Decimal("3.00")
_tags = count(1)


def make_overdue(stores: Sequence[Store], number: int, *, due: datetime | None = None) -> list[int]:
    """``number`` cases that the timer may approve, each of an order of its own; gives their ids.

    Everything of the order is asked for: two pieces of one line, and the freight. Deadlines passed a
    millisecond apart, the stores taking turns.
    """
    ids: list[int] = []
    for start in range(0, number, BATCH):
        with recorded(system(INSTALLER), "Many cases at once."):
            ids += _make(stores, min(BATCH, number - start), due or now())
    return ids


def make_orders(stores: Sequence[Store], number: int, *, due: datetime | None = None) -> list[int]:
    """``number`` paid orders of two pieces and freight, the stores taking turns; gives their ids."""
    ids: list[int] = []
    for start in range(0, number, BATCH):
        with recorded(system(INSTALLER), "Many orders at once."):
            ids += _orders(stores, min(BATCH, number - start), due or now())
    return ids


def _orders(stores: Sequence[Store], number: int, due: datetime) -> list[int]:
    tag = next(_tags)
    buyers = create_many(
        [Buyer(store=stores[n % len(stores)], code=f"M{tag}-{n}") for n in range(number)]
    )
    orders = insert_set(
        Order,
        Buyer.objects.filter(pk__in=[buyer.pk for buyer in buyers]).order_by("pk"),
        {
            "store": F("store"),
            "number": F("code"),
            "buyer": F("pk"),
            "currency": Value("CNY"),
            "freight": Value(FREIGHT),
            "placed_at": Value(due - timedelta(days=3)),
        },
    )
    insert_set(
        OrderLine,
        Order.objects.filter(pk__in=orders).order_by("pk"),
        {
            "order": F("pk"),
            "position": Value(1),
            "sku": Value("SKU"),
            "title": Value("Cup"),
            "quantity": Value(2),
            "unit_price": Value(PRICE),
        },
    )
    payments = [
        Payment(
            order=order,
            reference=f"PAY-{order.number}",
            method="card",
            amount=2 * PRICE + FREIGHT,
            paid_at=order.placed_at,
        )
        for order in Order.objects.filter(pk__in=orders).order_by("pk").select_related("buyer")
    ]
    seal_rows(payments, "reference")
    create_many(payments)
    return orders


def _make(stores: Sequence[Store], number: int, due: datetime) -> list[int]:
    reason = Reason.objects.get(code="C01")
    policy = RefundPolicy.objects.get(kind=Kind.REFUND_ONLY, stage=Stage.NOT_SHIPPED, store=None)
    orders = _orders(stores, number, due)
    cases = insert_set(
        RefundCase,
        Order.objects.filter(pk__in=orders).order_by("pk"),
        {
            "number": Concat(Value("RC-"), "number"),
            "store": F("store"),
            "order": F("pk"),
            "kind": Value(Kind.REFUND_ONLY),
            "reason": Value(reason.pk),
            "currency": F("currency"),
            "amount_requested": Value(2 * PRICE + FREIGHT),
            "freight_requested": F("freight"),
            "stage": Value(Stage.NOT_SHIPPED),
            "policy": Value(policy.pk),
            "at_deadline": Value(policy.at_deadline),
            "requested_at": Value(due - timedelta(days=2)),
            "clock": Value(Clock.REVIEW),
            "clock_started_at": Value(due - timedelta(days=2)),
            "due_at": Value(due) - _milliseconds("pk"),
        },
    )
    insert_set(
        CaseLine,
        OrderLine.objects.filter(order__in=orders).order_by("pk"),
        {
            "case": F("order__cases"),
            "order_line": F("pk"),
            "quantity": F("quantity"),
            "amount_requested": Value(2 * PRICE),
        },
    )
    return cases


def _milliseconds(name: str) -> ExpressionWrapper:
    each = Value(timedelta(milliseconds=1))
    return ExpressionWrapper(Cast(name, IntegerField()) * each, output_field=DurationField())
