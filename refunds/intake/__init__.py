"""How a buyer's request becomes a case: asked, checked, opened."""

from refunds.intake.asking import LineRequest, Request
from refunds.intake.opening import open_case

__all__ = ["LineRequest", "Request", "open_case"]
