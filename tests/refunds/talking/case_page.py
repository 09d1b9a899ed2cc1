"""A case that people talk about, and its page."""

from django.urls import reverse

from refunds.models import RefundCase
from tests.personal import plain


def do(case: RefundCase, action: str) -> str:
    return reverse("admin:refunds_refundcase_do", args=[case.pk, action])


def page(case: RefundCase) -> str:
    return reverse("admin:refunds_refundcase_change", args=[case.pk])


def said(case: RefundCase) -> list[tuple[str, str, bool, str]]:
    rows = case.messages.values_list("author__username", "party", "internal", "body")
    return [(*row, plain(body)) for *row, body in rows]
