"""How much each role may approve alone, and what money may leave how: as shipped, for people to change."""

from datetime import date, time
from decimal import Decimal

from backoffice import clock
from refunds.models import CheckingLimit, CompensationLimit, CutOff, RouteLimit

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
ALWAYS = date(2000, 1, 1)
SECOND_CHECKER = ("CNY", Decimal(50_000), Decimal(5_000))  # a batch above, a payout above
ORIGINAL_ROUTE = (50, 365)  # refunds of one payment, days after it


def install_limits() -> None:
    """Add the limits of roles that have none; what people changed stays as it is."""
    known = set(CompensationLimit.objects.values_list("role", flat=True))
    for role, percent, amount in LIMITS:
        if role not in known:
            CompensationLimit.objects.create(
                role=role, percent=percent, amount=amount, cap_percent=CAP
            )


CUT_OFFS = (time(11), time(17))  # in each store's own zone


def install_cut_offs() -> None:
    """Gather twice a day where nobody has said when."""
    if not CutOff.objects.exists():
        for at in CUT_OFFS:
            CutOff.objects.create(at=at, since=clock.now())


def install_money_limits() -> None:
    """Add the limits for money where there are none at all."""
    if not CheckingLimit.objects.exists():
        currency, batch, line = SECOND_CHECKER
        CheckingLimit.objects.create(
            currency=currency, starts_on=ALWAYS, batch_amount=batch, line_amount=line
        )
    if not RouteLimit.objects.exists():
        refunds, days = ORIGINAL_ROUTE
        RouteLimit.objects.create(starts_on=ALWAYS, refunds=refunds, days=days)
