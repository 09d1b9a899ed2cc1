"""The home page's list of what waits for a second approval, for those who may give it."""

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice import money
from backoffice.actors import person
from backoffice.admin.home import Panel, Row, list_panel, register_panel
from refunds import four_eyes
from refunds.models import RefundCase

LOOKED_AT, SHOWN = 100, 8


def second_panel(request: HttpRequest) -> Panel | None:
    """The cases that this person may approve as the second one; nothing where there are none."""
    actor = person(request.user)
    waiting = [
        case for case in _in_reach(request)[:LOOKED_AT] if not four_eyes.objection(case, actor)
    ]
    if not waiting:
        return None
    return list_panel(
        _("Waiting for your second approval"), [_row(case) for case in waiting[:SHOWN]]
    )


def _in_reach(request: HttpRequest) -> QuerySet[RefundCase]:
    """Cases that wait for a second person, where this one gives second approvals: due first."""
    return (
        RefundCase.objects.within(request.user, four_eyes.SECOND)
        .filter(four_eyes.WAITING)
        .exclude(first_approver=request.user)
        .select_related("store", "policy", "order__buyer", "first_approver")
        .prefetch_related("compensations", "order__lines")
        .order_by("due_at", "pk")
    )


def _row(case: RefundCase) -> Row:
    amount = case.first_amount or case.amount_requested
    return Row(
        case.number,
        reverse("admin:refunds_refundcase_change", args=[case.pk]),
        subtitle=f"{case.order.buyer or '–'} · {case.get_kind_display()} · {case.store}",
        state="waiting",
        state_label=_("approved by %(name)s") % {"name": case.first_approver},
        due=case.due_at,
        amount=money.show(amount, case.currency),
    )


def register() -> None:
    """Put the list on the home page."""
    register_panel(second_panel, permission=four_eyes.SECOND, order=15)
