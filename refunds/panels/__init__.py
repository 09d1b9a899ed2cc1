"""What the refund desk shows on the home page, by what a person may do."""

from refunds.panels import (
    complaints,
    desk,
    disputes,
    money,
    money_charts,
    money_days,
    money_watch,
    notices,
    second_approvals,
)

PARTS = (
    desk,
    complaints,
    money,
    money_watch,
    money_days,
    money_charts,
    notices,
    second_approvals,
    disputes,
)


def register() -> None:
    """Put every panel on the home page of those who hold its permission."""
    for part in PARTS:
        part.register()
