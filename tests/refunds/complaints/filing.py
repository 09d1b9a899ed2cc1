"""A complaint, and what is done about it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.urls import reverse

from backoffice.actors import person
from backoffice.models import User
from refunds.models import Complaint, RefundCase
from refunds.workflow import perform

START = datetime(2026, 7, 6, 2, tzinfo=UTC)  # a Monday, 10 o'clock in Shanghai
HOUR, TICK = timedelta(hours=1), timedelta(microseconds=1)
WORDS = "Nobody has answered me for three days."


def act(case: RefundCase, user: User, action: str, **details: Any) -> Complaint:
    perform(action, case_id=case.pk, actor=person(user), **details)
    return complaint_of(case)


def filed(case: RefundCase, user: User) -> Complaint:
    return act(case, user, "complain", words=WORDS)


def complaint_of(case: RefundCase) -> Complaint:
    return Complaint.objects.filter(case=case).latest("pk")


def do(case: RefundCase, action: str) -> str:
    return reverse("admin:refunds_refundcase_do", args=[case.pk, action])
