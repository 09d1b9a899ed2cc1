"""An order's refund cases, on the order's page."""

from django.http import HttpRequest

from backoffice import money
from backoffice.admin.home import Panel
from orders.models import Order
from refunds import caps
from refunds.goods import stopping
from refunds.models import RefundCase, Stage


def order_box(request: HttpRequest, order: Order) -> Panel | None:
    """The cases of ``order``, what is left to refund, and a way to open another."""
    if not request.user.has_perm("refunds.view_refundcase", order):
        return None
    cases = RefundCase.objects.visible_to(request.user).filter(order=order)
    left = caps.balance(order).total
    rows = [(case, money.show(case.ready_amount, case.currency)) for case in cases]
    context = {
        "order": order,
        "to_stop": cases.filter(stopping.TO_STOP, stage=Stage.NOT_SHIPPED).exists(),
        "rows": rows,
        "left": money.show(max(left, money.ZERO), order.currency),
        "may_open": request.user.has_perm("refunds.open_refundcase", order),
    }
    return Panel("refunds/order_box.html", context)
