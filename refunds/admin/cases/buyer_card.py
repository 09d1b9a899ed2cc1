"""The buyer's record on the case page: as it was when the case was requested, and as it is now."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from backoffice import clock, money
from backoffice.access import covers
from refunds import risk
from refunds.models import RefundCase, Risk, RiskHold
from refunds.risk import Record

TONES = {Risk.LOW: "ok", Risk.MEDIUM: "warning", Risk.HIGH: "error"}


def buyer_facts(request: HttpRequest, case: RefundCase) -> dict[str, Any]:
    """What the card shows."""
    then = risk.thaw(case.risk_figures)
    now = risk.record_of(case.order, at=clock.now(), without=case)
    hold = RiskHold.objects.filter(buyer=case.order.buyer_id).select_related("buyer").first()
    return {
        "record": {
            "known": case.order.buyer_id is not None,
            "then": Risk(case.risk),
            "now": risk.level(now),
            "tone": TONES[risk.level(now)],
            "rows": _rows(then, now, case.store.currency),
            "signs": risk.reasons(now),
            "hold": hold if hold and hold.active else None,
            "hold_row": hold,
            "may_hold": _may_hold(request, case, hold),
        }
    }


def _may_hold(request: HttpRequest, case: RefundCase, hold: RiskHold | None) -> bool:
    verb = "change" if hold else "add"
    return covers(request.user, f"refunds.{verb}_riskhold", case)


def _rows(then: Record, now: Record, currency: str) -> list[tuple[str, str, str]]:
    """Label, then, now: what is zero both times is left out."""
    rows = [
        (_("Orders"), str(then.orders), str(now.orders)),
        (_("Orders with a case"), _share(then), _share(now)),
        (_("Cases"), str(then.cases), str(now.cases)),
        (_("Refund only"), str(then.refund_only), str(now.refund_only)),
        (_("Return and refund"), str(then.return_refund), str(now.return_refund)),
        (_("Exchange"), str(then.exchange), str(now.exchange)),
        (_("Compensation"), str(then.compensation), str(now.compensation)),
        (
            _("Money refunded"),
            money.show(then.refunded, currency),
            money.show(now.refunded, currency),
        ),
        (_("Withdrawn by the buyer"), str(then.withdrawn), str(now.withdrawn)),
        (_("Rejected for abuse"), str(then.abuse), str(now.abuse)),
        (_("Disputes lost"), str(then.disputes_lost), str(now.disputes_lost)),
    ]
    nothing = {"0", _share(Record()), money.show(money.ZERO, currency)}
    return [row for row in rows if not {row[1], row[2]} <= nothing]


def _share(record: Record) -> str:
    return f"{record.orders_with_case} · {record.share} %" if record.orders else "0"
