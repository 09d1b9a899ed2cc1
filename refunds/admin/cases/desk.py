"""The desk's parts of the case page: what the case suggests, what is related, all that was shown."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from backoffice import money
from refunds.desk import reopening
from refunds.desk.hints import hint
from refunds.desk.related import relatives
from refunds.evidence import required, seen
from refunds.evidence.limits import family_of
from refunds.models import Evidence, RefundCase


def desk(request: HttpRequest, case: RefundCase) -> dict[str, Any]:
    """The hint and the relatives."""
    found = relatives(case, request.user)  # type: ignore[arg-type]  # signed in
    groups = [("order", found.order), ("buyer", found.buyer), ("article", found.article)]
    return {
        "hint": hint(case, found),
        "relatives": [(name, [_row(row) for row in rows]) for name, rows in groups if rows],
        "duplicates": list(case.duplicates.all()),
        "not_reopened": reopening.why_not(case),
    }


def _row(case: RefundCase) -> dict[str, Any]:
    return {"case": case, "amount": money.show(case.ready_amount, case.currency)}


def gallery(request: HttpRequest, case: RefundCase) -> dict[str, Any]:
    """Every file of the case, and of the cases that were merged into it."""
    own = [_shown(file, case) for file in case.evidence.all()]
    merged = [
        _shown(f, dup, dup.number) for dup in case.duplicates.all() for f in dup.evidence.all()
    ]
    return {
        "gallery": own + merged,
        "evidence_demanded": required.demanded(case),
        "evidence_lacking": required.lacking(case),
    }


def _shown(file: Evidence, case: RefundCase, number: str = "") -> dict[str, Any]:
    def address(name: str) -> str:
        return reverse(f"admin:refunds_refundcase_{name}", args=[case.pk, file.pk])

    return {
        "file": file,
        "kind": family_of(file.content_type).name,
        "href": address("evidence"),
        "preview": f"{address('preview')}?{seen.MARK}={seen.shown(file)}" if file.preview else "",
        "number": number,
    }
