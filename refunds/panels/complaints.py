"""The home page's panel of complaints, for those who handle them: what is due first on top."""

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice.admin.home import Panel, Row, list_panel, register_panel
from refunds.complaints import clocks
from refunds.models import Complaint

HANDLE = "refunds.handle_complaint"
SHOWN = 8


def register() -> None:
    """Put the panel on the home page."""
    register_panel(complaints_panel, permission=HANDLE, order=18)


def complaints_panel(request: HttpRequest) -> Panel | None:
    """Open complaints in the person's stores; nothing where there are none."""
    rows = Complaint.objects.within(request.user, HANDLE).filter(Q(closed_at=None))
    rows = rows.select_related("case__store", "case__order__buyer").order_by("due_at", "pk")
    found = [_row(complaint) for complaint in rows[:SHOWN]]
    if not found:
        return None
    return list_panel(
        _("Complaints to handle"),
        found,
        more_href=f"{reverse('admin:refunds_complaint_changelist')}?standing=open",
        more_label=_("All complaints"),
    )


def _row(complaint: Complaint) -> Row:
    case = complaint.case
    return Row(
        complaint.number,
        f"{reverse('admin:refunds_refundcase_change', args=[case.pk])}#complaint",
        subtitle=f"{case.order.buyer or '–'} · {case.store} · {str(complaint.words)[:60]}",
        state="error" if complaint.missed else "waiting",
        state_label=_("escalated") if complaint.missed else clocks.waits_for(complaint),
        due=complaint.due_at,
    )
