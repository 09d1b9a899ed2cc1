"""Instant approval on the case page: which rule decided and by what, or why none did."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from refunds.instant import words
from refunds.instant.trying import hints
from refunds.models import RefundCase


def instant_facts(request: HttpRequest, case: RefundCase) -> dict[str, Any] | None:
    """The rule with its figures once it decided; hints while the case waits for its review."""
    if case.rule is not None:
        return {"instant": {"rule": case.rule, "rows": words.rows(case.rule_figures)}}
    found = hints(case)
    if not found:
        return None
    return {
        "instant": {
            "hints": [(hint.rule, list(hint.reasons) or [_("not tried yet")]) for hint in found]
        }
    }
