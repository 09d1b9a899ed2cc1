"""Whether one person was enough."""

from refunds.models import Compensation, RefundCase
from tests.refunds.factories import fetch

Type = Compensation.Type


def decided_alone(case: RefundCase) -> bool:
    """Whether the case is decided; else it has to wait for a second person."""
    case = fetch(case)
    assert (case.first_approver is None) == (case.state == "reviewed")
    return case.state == "reviewed"
