"""The suppliers' panel of the home page."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice.admin.home import Panel, Row, list_panel
from merchants.assessments import FILL, REVIEW
from merchants.models import Assessment
from merchants.ranking import latest_published

SHOWN = 4


def supplier_panel(request: HttpRequest) -> Panel:
    """Drafts to finish, what waits for this person's review, and the latest grades."""
    rows = Assessment.objects.select_related("supplier__merchant", "template")
    drafts = rows.within(request.user, FILL).filter(state=Assessment.State.DRAFT)
    submitted = rows.within(request.user, REVIEW).filter(state=Assessment.State.SUBMITTED)
    waiting = submitted.exclude(submitted_by=request.user.pk)
    latest = sorted(latest_published(request.user), key=lambda row: row.period, reverse=True)
    return list_panel(
        _("Suppliers"),
        [
            *(_row(row, _("waiting for your review")) for row in waiting[:SHOWN]),
            *(_row(row, _("draft to finish")) for row in drafts[:SHOWN]),
            *(_row(row, _("latest grade")) for row in latest[:SHOWN]),
        ],
        empty=_("No assessment has been started yet."),
        more_href=reverse("admin:merchants_assessment_changelist"),
        more_label=_("All assessments"),
    )


def _row(row: Assessment, what: str) -> Row:
    published = row.state == Assessment.State.PUBLISHED
    return Row(
        title=row.supplier.name,
        href=reverse("admin:merchants_assessment_change", args=[row.pk]),
        subtitle=f"{row.period} · {what}",
        state=row.grade if published else row.state,
        state_label=row.get_grade_display() if published else row.get_state_display(),
    )
