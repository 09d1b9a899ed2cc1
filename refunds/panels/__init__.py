"""What the refund desk shows on the home page, by what a person may do."""

from refunds.panels import complaints, desk, disputes, money, notices, second_approvals


def register() -> None:
    """Put every panel on the home page of those who hold its permission."""
    for part in (desk, complaints, money, notices, second_approvals, disputes):
        part.register()
