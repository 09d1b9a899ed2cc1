"""What buyers bought, paid and received, and how it comes in from a channel's file."""

from orders.models.cancellations import Cancellation
from orders.models.erasures import Erasure
from orders.models.imports import ImportProblem, ImportProfile, OrderImport
from orders.models.orders import Buyer, Order, OrderLine
from orders.models.payments import Payment
from orders.models.shipments import Shipment
from orders.models.stock import Stock

__all__ = [
    "Buyer",
    "Cancellation",
    "Erasure",
    "ImportProblem",
    "ImportProfile",
    "Order",
    "OrderImport",
    "OrderLine",
    "Payment",
    "Shipment",
    "Stock",
]
