"""The complaints about a case, on its page: the open one with its three deadlines, and those before."""

from typing import Any

from django.http import HttpRequest

from backoffice.clock import spell
from refunds.complaints import clocks, failing
from refunds.models import Complaint, RefundCase


def complaints(request: HttpRequest, case: RefundCase) -> dict[str, Any] | None:
    """The last complaint and the earlier ones; nothing where nobody complained."""
    rows = list(case.complaints.visible_to(request.user).order_by("-pk"))
    if not rows:
        return None
    last = rows[0]
    last.case = case
    is_open = last.closed_at is None
    return {
        "complaint": last,
        "complaint_waits_for": clocks.waits_for(last) if is_open else "",
        "complaint_given_up": failing.GAVE_UP if failing.given_up(last) else "",
        "complaint_steps": list(_steps(last)),
        "complaint_waited": spell(last.paused) if last.paused else "",
        "earlier_complaints": rows[1:],
    }


def _steps(complaint: Complaint) -> list[dict[str, Any]]:
    """Each deadline: what for, by when, when it was met, and whether that was too late."""
    met = (complaint.acknowledged_at, complaint.answered_at, complaint.closed_at)
    running = clocks.running(complaint) if complaint.closed_at is None else None
    return [
        {
            "label": label,
            "by": by,
            "met": done if complaint.state != Complaint.State.WITHDRAWN or n < 2 else None,
            "missed": n < complaint.missed or bool(done and done > by),
            "runs": n == running and complaint.paused_at is None,
        }
        for n, (label, by, done) in enumerate(
            zip(clocks.LABELS, complaint.deadlines, met, strict=True)
        )
    ]
