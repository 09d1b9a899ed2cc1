"""The suppliers' panel of the home page."""

from django.http import HttpRequest

from backoffice.admin.home import Panel
from merchants.assessments import FILL, REVIEW
from merchants.models import Assessment
from merchants.ranking import latest_published

SHOWN = 5


def supplier_panel(request: HttpRequest) -> Panel:
    """Drafts to finish, what waits for this person's review, and the latest grades."""
    rows = Assessment.objects.select_related("supplier__merchant", "template")
    drafts = rows.within(request.user, FILL).filter(state=Assessment.State.DRAFT)
    waiting = (
        rows.within(request.user, REVIEW)
        .filter(state=Assessment.State.SUBMITTED)
        .exclude(submitted_by=request.user)
    )
    latest = sorted(latest_published(request.user), key=lambda row: row.period, reverse=True)
    context = {
        "drafts": drafts[:SHOWN],
        "draft_count": drafts.count(),
        "waiting": waiting[:SHOWN],
        "waiting_count": waiting.count(),
        "latest": latest[:SHOWN],
        "may_fill": request.user.has_perm(FILL),
    }
    return Panel("merchants/home_panel.html", context)
