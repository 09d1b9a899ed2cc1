"""Approved cases and what they are paid by."""

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet

from backoffice.actors import person
from backoffice.clock import now
from orders.models import Payment
from refunds.models import Payout
from refunds.payouts.routes import Way
from refunds.workflow import perform
from tests.cast import Cast
from tests.flushing import rewrite
from tests.refunds.factories import make_case, make_order

ACCOUNT = Way("bank", "6222 0200 0000 1234", "Lin Mei", "BKCHCNBJ")


def approved(cast: Cast, pay_by: str = "", **order: Any) -> Payout:
    """The payout of a case that was approved with a way to pay it."""
    case = make_case(make_order(cast.a, (1, "50.00"), **order), cast.staff)
    perform("approve", case_id=case.pk, actor=person(cast.staff), pay_by=pay_by)
    return Payout.objects.get(case=case)


def age(payout: Payout, days: int) -> None:
    """The payment was made so long ago."""
    rewrite(QuerySet(Payment).filter(pk=payout.payment_id), paid_at=now() - timedelta(days=days))
