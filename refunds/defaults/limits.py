"""How much compensation each role may approve alone, as the product ships it: data that people may change."""

from decimal import Decimal

from refunds.models import CompensationLimit

CAP = Decimal(100)  # percent of the goods: all compensation of an order together
# role, percent of the goods, amount in CNY; none: no such limit. Legal counsel approves what the
# law fixes, the platform its verdicts and its advances.
LIMITS: list[tuple[str, Decimal | None, Decimal | None]] = [
    ("staff", Decimal(10), Decimal(50)),
    ("supervisor", Decimal(30), Decimal(300)),
    ("manager", None, None),
    ("legal", None, None),
    ("platform", None, None),
]


def install_limits() -> None:
    """Add the limits of roles that have none; what people changed stays as it is."""
    known = set(CompensationLimit.objects.values_list("role", flat=True))
    for role, percent, amount in LIMITS:
        if role not in known:
            CompensationLimit.objects.create(
                role=role, percent=percent, amount=amount, cap_percent=CAP
            )
