"""Taking the locks of a page without waiting for anybody."""

from collections.abc import Sequence

from backoffice.among import Among
from orders.models import Order
from refunds.models import RefundCase
from refunds.sweep.due import Due


def take(page: Sequence[Due]) -> set[int]:
    """Lock the cases behind their orders; gives the ids of those that nobody else holds.

    Order, then case, as everywhere. What somebody holds is skipped: whoever it is decides first.
    SQLite has one writer, who has locked everything by beginning.
    """
    orders = Order.objects.order_by().filter(Among("pk", {due.order_id for due in page}))
    free = set(orders.select_for_update(skip_locked=True).values_list("pk", flat=True))
    wanted = [due.case_id for due in page if due.order_id in free]
    cases = RefundCase.objects.order_by().filter(Among("pk", wanted))
    return set(cases.select_for_update(skip_locked=True).values_list("pk", flat=True))
