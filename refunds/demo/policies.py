"""Policies of the demo's stores: one that was changed, one that is planned, one for a category."""

from datetime import datetime, timedelta
from typing import Any

from backoffice.actors import person
from backoffice.clock import now as present
from backoffice.models import User
from merchants.models import Store
from refunds.demo.time import happening
from refunds.models import Kind, RefundPolicy, Stage
from refunds.policies import Scope, Terms, best, new_version


def write(tea: Store, outdoor: Store, platform: User, now: datetime) -> None:
    """Tea that was opened is looked at by people; tents are answered faster, soon faster still."""
    fresh = Scope(Kind.RETURN_REFUND, store_id=tea.pk, category="Green tea", stage=Stage.RECEIVED)
    returns = Scope(Kind.RETURN_REFUND, store_id=outdoor.pk, stage=Stage.RECEIVED)
    with happening(now - timedelta(days=40)):
        _change(platform, fresh, "Opened tea cannot be sold again.", at_deadline="person")
        _change(platform, returns, "The store answers within a day and a half.", review_hours=36)
    with happening(now - timedelta(days=12)):
        _change(platform, fresh, "People look at it within a day.", review_hours=24)
    with happening(now - timedelta(days=1)):
        _change(
            platform,
            returns,
            "The season ends: more people at the desk.",
            start=now + timedelta(days=10),
            review_hours=24,
        )


def _change(
    platform: User, scope: Scope, why: str, start: datetime | None = None, **values: Any
) -> None:
    others = scope.standing_in(scope.stage).standing(present())
    before: RefundPolicy | None = scope.versions().last() or best(others)
    if before is None:
        return
    terms = Terms.of(before)
    new_version(
        scope=scope,
        terms=Terms({**terms.values, **values}, terms.pauses),
        actor=person(platform),
        reason=why,
        start=start,
    )
