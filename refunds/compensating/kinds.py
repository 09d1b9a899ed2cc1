"""What the types of compensation mean: money or not, fixed by law or not, on top of the price or not."""

from refunds.models import Bearer, Clock, Compensation, Kind, RefundCase, State

Type = Compensation.Type


def proposed(case: RefundCase) -> Compensation | None:
    """What the case proposes to give, if it is about a compensation that has a type."""
    if case.kind != Kind.COMPENSATION or case.pk is None:
        return None
    return next(iter(case.compensations.all()), None)


def type_of(case: RefundCase) -> str:
    """The type of what the case proposes; empty where there is none."""
    row = proposed(case)
    return row.type if row else ""


def paid_in_money(kind: str) -> bool:
    """Whether this type is paid by a payout."""
    return kind not in Compensation.WITHOUT_MONEY


def fixed_by_law(kind: str) -> bool:
    """Whether the law fixes the amount."""
    return kind in Compensation.STATUTORY


def pays_damages(case: RefundCase) -> bool:
    """Whether the money comes on top of what the buyer paid, and so is not taken from it."""
    return type_of(case) in Compensation.DAMAGES


def store_decides(case: RefundCase) -> bool:
    """Whether the store's desk approves: not what needs legal counsel, nor what the platform pays."""
    kind = type_of(case)
    return not fixed_by_law(kind) and kind != Type.ADVANCE


def counsel_decides(case: RefundCase) -> bool:
    """Whether the law fixes the amount, so that legal counsel approves."""
    return fixed_by_law(type_of(case))


def platform_decides(case: RefundCase) -> bool:
    """Whether the platform pays in advance, and so decides."""
    return type_of(case) == Type.ADVANCE and case.state == State.REQUESTED


def review_clock(kind: str) -> Clock:
    """Which clock runs while a case with this type of compensation – or none – waits for its decision."""
    return Clock.ADVANCE if kind == Type.ADVANCE else Clock.REVIEW


def not_the_platforms(case: RefundCase) -> bool:
    """Whether the store may refuse the case: all but what the platform pays in advance."""
    return not platform_decides(case)


def bearer_of(kind: str, wanted: str) -> str:
    """Who pays first: the platform in advance; else whoever was named, and the store by default."""
    return Bearer.PLATFORM if kind == Type.ADVANCE else wanted or Bearer.STORE
