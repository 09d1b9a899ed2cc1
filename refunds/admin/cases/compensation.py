"""What the case page says about a compensation, and about an approval that waits for a second one."""

from typing import Any

from django.http import HttpRequest
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from backoffice import money
from backoffice.roles import ROLES
from refunds.compensating import kinds, statutory
from refunds.deciding import four_eyes
from refunds.models import Compensation, RefundCase


def approvals(request: HttpRequest, case: RefundCase) -> dict[str, Any] | None:
    """Who approved how much, and who is still asked; nothing where one person was enough."""
    if case.first_approver is None or case.first_amount is None:
        return None
    amount = money.show(case.first_amount, case.currency)
    name = case.first_approver.get_full_name() or case.first_approver.get_username()
    return {
        "approval_waits": four_eyes.waits(case),
        "first_approval": _("Approved by %(name)s up to %(amount)s.")
        % {"name": name, "amount": amount},
        "second_approver": case.second_approver,
        "who_may_second": _who(case) if four_eyes.waits(case) else "",
    }


def _who(case: RefundCase) -> str:
    roles = [str(ROLES[name].label) for name in four_eyes.who_may_second(case)]
    return get_text_list(roles, _("or"))


def compensation(request: HttpRequest, case: RefundCase) -> dict[str, Any] | None:
    """What is or was given: its type, worth and bearer, how it was computed, and by what it is known."""
    given = next(iter(case.compensations.all()), None)
    if given is None:
        return None
    return {
        "compensation": given,
        "compensation_worth": money.show(given.amount, given.currency),
        "compensation_basis": _basis(given),
        "compensation_state": _state(case, given),
    }


def _basis(given: Compensation) -> str:
    if given.type == Compensation.Type.ADVANCE:
        return _("The platform pays now and recovers it from the merchant's deposit.")
    if given.type == Compensation.Type.LIQUIDATED:
        return _("Paid on top of what the buyer paid, within the cap for compensation.")
    return statutory.words(given.basis, given.currency)


def _state(case: RefundCase, given: Compensation) -> tuple[str, str]:
    """A pill's colour and word."""
    if given.given_at:
        return "compensated", _("Given")
    if case.amount_approved is not None:
        paid = kinds.paid_in_money(given.type)
        return "reviewed", _("To be paid out") if paid else _("To be given")
    return "requested", _("Proposed")
