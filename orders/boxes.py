"""Boxes of the order page that upper apps add, such as an order's refund cases."""

from collections.abc import Callable

from django.http import HttpRequest

from backoffice.admin.home import Panel
from orders.models import Order

OrderBox = Callable[[HttpRequest, Order], Panel | None]
_boxes: list[OrderBox] = []


def register_order_box(box: OrderBox) -> None:
    """Show ``box(request, order)`` on the order page: a template, its context, or ``None``.

    The template gets the context as ``panel``; what the person may see is the box's own business.
    """
    if box not in _boxes:
        _boxes.append(box)


def order_boxes(request: HttpRequest, order: Order) -> list[Panel]:
    """The boxes of this order for this person."""
    panels = (box(request, order) for box in _boxes)
    return [panel for panel in panels if panel]
