"""What the case page shows about goods: the way back, what came, and what is sent instead."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from orders import stock
from refunds.goods import approval, promises, stopping
from refunds.models import Kind, RefundCase, Replacement, State
from refunds.models.case_states import sends_goods_back


def way_back(request: HttpRequest, case: RefundCase) -> dict[str, Any] | None:
    """Where the goods go, who pays for it, how far they are, and what was found."""
    if not sends_goods_back(case):
        return None
    lines = list(case.lines.all())
    return {
        "told": approval.told(case),
        "inspected": lines and all(line.accepted is not None for line in lines),
        "return_hint": _hint(case),
    }


def on_its_way_out(request: HttpRequest, case: RefundCase) -> dict[str, Any] | None:
    """Goods that were refunded before they arrived: whether somebody still has to stop them."""
    if not stopping.may_be_stopped(case):
        return None
    return {"whereabouts": stopping.whereabouts(case)}


def _hint(case: RefundCase) -> str:
    """What a person should know about the parcel now; empty where there is nothing to say."""
    if case.state == State.WITHDRAWN:
        return _(
            "The case is over. If a parcel comes all the same, reopen the case – while after-sale "
            "time remains – and note the parcel there."
        )
    if case.state == State.REQUESTED and not case.store.return_address.strip():
        return _("The store has no return address. Whoever approves this has to write one.")
    return ""


def sent_instead(request: HttpRequest, case: RefundCase) -> dict[str, Any] | None:
    """The replacement of an exchange; before it is promised, how many pieces could be."""
    if case.kind != Kind.EXCHANGE:
        return None
    live = promises.live(case)
    waits = live is None and case.state not in promises.WITHOUT_GOODS
    return {
        "replacement": live,
        "replacement_lines": list(live.lines.all()) if live else [],
        "replacement_state": _state(case, live) if live else None,
        "on_hand": _on_hand(case) if waits else [],
    }


def _state(case: RefundCase, replacement: Replacement) -> tuple[str, str]:
    """A pill's colour and word."""
    if replacement.shipped_at:
        return "sent", _("Shipped")
    if case.state == State.REVIEWED:
        return "requested", _("To be shipped")
    return "waiting", _("Promised")


def _on_hand(case: RefundCase) -> list[dict[str, Any]]:
    return [
        {"line": line, "left": (left := stock.on_hand(case.store, line.order_line.sku)),
         "enough": left >= line.quantity}
        for line in case.lines.all()
    ]  # fmt: skip
