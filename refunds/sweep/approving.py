"""Approving many plain cases at once: the rows that ``perform("auto_approve")`` would have written."""

from collections.abc import Collection

from django.db.models import (
    BigIntegerField,
    ExpressionWrapper,
    F,
    OuterRef,
    Subquery,
    TextField,
    Value,
)
from django.db.models.functions import Coalesce

from backoffice import clock
from backoffice.among import Among
from backoffice.audit.recording import current_record
from backoffice.audit.sets import insert_set, update_set
from orders.models import Payment
from refunds.models import CaseLine, DecidedBy, Payout, RefundCase, State
from refunds.numbers import PayoutNumberInSQL

MAIN_PAYMENT = Payment.objects.filter(order=OuterRef("order")).order_by("-amount", "pk")


def approve_set(case_ids: Collection[int]) -> None:
    """Fix what each case's buyer gets – all that was requested –, stop its clock, queue the money.

    The caller has locked orders, cases and stores, and has seen that the cases may be approved.
    """
    at = clock.now()
    cases = RefundCase.objects.filter(Among("pk", case_ids))
    update_set(
        CaseLine.objects.filter(Among("case", case_ids)), amount_approved=F("amount_requested")
    )
    update_set(
        cases,
        state=State.REVIEWED,
        amount_approved=F("amount_requested"),
        freight_approved=F("freight_requested"),
        decided_by=DecidedBy.TIMER,
        decided_at=at,
        clock="",
        clock_started_at=None,
        due_at=None,
        remind_at=None,
        version=F("version") + 1,
    )
    insert_set(
        Payout,
        cases.order_by("pk"),
        {
            "number": PayoutNumberInSQL("pk"),
            "case": F("pk"),
            "amount": F("amount_approved"),
            "currency": F("currency"),
            "reason": F("reason__code"),
            "approver": Value(current_record().actor.user.pk),
            "payment": ExpressionWrapper(
                Subquery(MAIN_PAYMENT.values("pk")[:1]), output_field=BigIntegerField()
            ),
            "channel": _of_main_payment("method"),
            "destination": _of_main_payment("reference"),
            "queued_at": Value(at),
        },
    )


def _of_main_payment(name: str) -> Coalesce:
    found = Subquery(
        MAIN_PAYMENT.values(name)[:1], output_field=TextField()
    )  # a sealed one as it is
    return Coalesce(found, Value(""), output_field=TextField())
