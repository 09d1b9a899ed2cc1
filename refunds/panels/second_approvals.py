"""The home page's lists of what waits for a second person, for legal counsel, for the platform."""

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice import money
from backoffice.actors import person
from backoffice.admin.home import Panel, Row, list_panel, register_panel
from backoffice.models import User
from refunds.deciding import four_eyes
from refunds.models import Compensation, RefundCase, State

LOOKED_AT, SHOWN = 100, 8
STATUTORY, ADVANCE = Compensation.STATUTORY, Compensation.Type.ADVANCE


def second_panel(request: HttpRequest) -> Panel | None:
    """The cases that this person may approve as the second one; nothing where there are none."""
    actor = person(request.user)
    waiting = [
        case for case in _in_reach(actor.user)[:LOOKED_AT] if not four_eyes.objection(case, actor)
    ]
    if not waiting:
        return None
    return list_panel(
        _("Waiting for your second approval"), [_row(case) for case in waiting[:SHOWN]]
    )


def _in_reach(user: User) -> QuerySet[RefundCase]:
    """Cases that wait for a second person, where this one gives second approvals: due first."""
    return (
        RefundCase.objects.within(user, four_eyes.SECOND)
        .filter(four_eyes.WAITING)
        .exclude(first_approver=user)
        .select_related("store", "policy", "order__buyer", "first_approver")
        .prefetch_related("compensations", "order__lines")
        .order_by("due_at", "pk")
    )


def damages_panel(request: HttpRequest) -> Panel | None:
    """The damages that legal counsel has to approve; nothing where there are none."""
    return _proposed(request, four_eyes.COUNSEL, STATUTORY, _("Damages to approve"))


def advance_panel(request: HttpRequest) -> Panel | None:
    """The advances that the platform has to decide about; nothing where there are none."""
    return _proposed(request, four_eyes.PLATFORM, (ADVANCE,), _("Advance compensation to decide"))


def _proposed(
    request: HttpRequest, permission: str, types: tuple[str, ...], title: str
) -> Panel | None:
    cases = (
        RefundCase.objects.within(request.user, permission)
        .filter(state=State.REQUESTED, compensations__type__in=types)
        .select_related("store", "order__buyer")
        .order_by("due_at", "pk")[:SHOWN]
    )
    rows = [_line(case, case.state, case.get_state_display()) for case in cases]
    return list_panel(title, rows) if rows else None


def _row(case: RefundCase) -> Row:
    return _line(case, "waiting", _("approved by %(name)s") % {"name": case.first_approver})


def _line(case: RefundCase, state: str, label: str) -> Row:
    amount = case.first_amount or case.amount_requested
    return Row(
        case.number,
        reverse("admin:refunds_refundcase_change", args=[case.pk]),
        subtitle=f"{case.order.buyer or '–'} · {case.get_kind_display()} · {case.store}",
        state=state,
        state_label=label,
        due=case.due_at,
        amount=money.show(amount, case.currency),
    )


def register() -> None:
    """Put the lists on the home page."""
    register_panel(second_panel, permission=four_eyes.SECOND, order=15)
    register_panel(damages_panel, permission=four_eyes.COUNSEL, order=15)
    register_panel(advance_panel, permission=four_eyes.PLATFORM, order=2)
