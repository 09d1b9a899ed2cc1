"""The home page's panels about disputes: what the platform decides, and what a store may appeal."""

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice import money
from backoffice.admin.home import Panel, Row, list_panel, register_panel
from backoffice.clock import now, spell, trusted_now
from refunds.disputes.deadlines import APPEAL_DUE, appeal_due
from refunds.disputes.standing import UNDECIDED
from refunds.models import Dispute

ARBITRATE, APPEAL = "refunds.arbitrate", "refunds.appeal_verdict"
SHOWN = 8


def register() -> None:
    """Put the panels on the home page of those who hold the permissions."""
    register_panel(to_decide, permission=ARBITRATE, order=2)
    register_panel(to_appeal, permission=APPEAL, order=25)


def to_decide(request: HttpRequest) -> Panel:
    """Disputes and appeals that wait for the platform, the one that is due first on top."""
    rows = _rows(request, ARBITRATE).filter(UNDECIDED)
    due = Coalesce("case__due_at", APPEAL_DUE)
    rows = rows.order_by(due.asc(nulls_last=True), "opened_at")
    return list_panel(
        _("Disputes to decide"),
        [_row(dispute) for dispute in rows[:SHOWN]],
        empty=_("No case is disputed."),
        more_href=f"{reverse('admin:refunds_refundcase_changelist')}?queue=disputed",
        more_label=_("All disputes"),
    )


def to_appeal(request: HttpRequest) -> Panel | None:
    """Verdicts for buyers that this person may still appeal; nothing where there is none."""
    open_ones = Q(closed_at=None, appealed_at=None, appeal_until__gt=trusted_now())
    rows = list(_rows(request, APPEAL).filter(open_ones).order_by("appeal_until")[:SHOWN])
    if not rows:
        return None
    return list_panel(_("Verdicts that may be appealed"), [_row(dispute) for dispute in rows])


def _rows(request: HttpRequest, permission: str) -> QuerySet[Dispute]:
    rows = Dispute.objects.within(request.user, permission)
    return rows.select_related("case__store", "case__order__buyer", "case__policy")


def _row(dispute: Dispute) -> Row:
    case, appealed = dispute.case, dispute.appealed_at
    since = appealed or dispute.decided_at or dispute.opened_at
    words = {"store": case.store, "age": spell(now() - since), "claim": str(dispute.claim)[:60]}
    if appealed:
        about = _("appealed %(age)s ago · %(store)s") % words
    elif dispute.verdict:
        about = _("decided %(age)s ago · %(store)s") % words
    else:
        about = _("disputed %(age)s ago · %(store)s · %(claim)s") % words
    return Row(
        case.number,
        reverse("admin:refunds_refundcase_change", args=[case.pk]),
        subtitle=about,
        state=case.state,
        state_label=case.get_state_display(),
        due=case.due_at or appeal_due(dispute) if appealed else dispute.appeal_until or case.due_at,
        amount=money.show(case.ready_amount, case.currency),
    )
