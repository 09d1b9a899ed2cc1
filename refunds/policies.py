"""Which policy is in force."""

from datetime import datetime

from django.db.models import F, Q

from merchants.models import Store
from refunds.exceptions import NoPolicy
from refunds.models import RefundPolicy


def in_force(*, store: Store, kind: str, stage: str, at: datetime) -> RefundPolicy:
    """The policy of ``store`` for such a case at that time: its own, else the common one.

    Raises ``NoPolicy`` where there is neither.
    """
    policy = (
        RefundPolicy.objects.filter(Q(store=store) | Q(store=None))
        .filter(kind=kind, stage=stage, valid_from__lte=at)
        .order_by(F("store").asc(nulls_last=True), "-valid_from")
        .first()
    )
    if policy is None:
        raise NoPolicy
    return policy
