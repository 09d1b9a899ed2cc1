"""Disputes for tests, brought about by the product's own services."""

from typing import Any

from backoffice.actors import person
from backoffice.models import User
from refunds.models import Dispute, Payout, RefundCase, RejectCode
from refunds.workflow import perform
from tests.cast import Cast
from tests.refunds.factories import fetch, make_case, make_order


def act(case: RefundCase, user: User, action: str, **details: Any) -> RefundCase:
    """``action`` by ``user``; gives the case as the database has it then."""
    perform(action, case_id=case.pk, actor=person(user), **details)
    return fetch(case)


def rejected(cast: Cast, price: str = "50.00") -> RefundCase:
    """A case of store A that staff rejected."""
    case = make_case(make_order(cast.a, (1, price)), cast.staff)
    code = RejectCode.objects.get(code="R05")
    return act(case, cast.staff, "reject", code=code, note="The window is over.")


def disputed(cast: Cast, price: str = "50.00") -> RefundCase:
    """The same, taken to the platform."""
    return act(rejected(cast, price), cast.staff, "escalate", claim="The lamp never worked.")


def upheld(cast: Cast, price: str = "50.00", **details: Any) -> RefundCase:
    """The same, decided for the buyer: a payout is queued, and the merchant may appeal."""
    details = {"liable": "store", "grounds": "The video shows it.", **details}
    return act(disputed(cast, price), cast.platform, "uphold", **details)


def appealed(cast: Cast, price: str = "50.00") -> RefundCase:
    """The same, appealed by the manager: the payout is frozen."""
    return act(upheld(cast, price), cast.manager, "appeal", words="The video is of another lamp.")


def dispute_of(case: RefundCase) -> Dispute:
    """The case's only dispute."""
    return Dispute.objects.get(case=case)


def payout_of(case: RefundCase) -> Payout:
    """The case's only payout."""
    return Payout.objects.get(case=case)
