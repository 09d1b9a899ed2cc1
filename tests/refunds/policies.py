"""Policies for tests, written through the product's own services."""

from datetime import datetime
from typing import Any

from backoffice.actors import person
from backoffice.clock import now
from backoffice.models import User
from refunds.models import RefundPolicy
from refunds.policies import PauseTerm, Scope, Terms, in_force, new_version

UNSHIPPED = {"kind": "refund_only", "stage": "not_shipped"}


def common(**where: str) -> RefundPolicy:
    """The policy of every store for such a case now."""
    scope = Scope(**{**UNSHIPPED, **where})
    return scope.versions().latest("valid_from")


def terms(policy: RefundPolicy | None = None, /, **values: Any) -> Terms:
    """What ``policy`` says – the common one, if none is given – with other ``values``."""
    given = Terms.of(policy or common())
    pauses = values.pop("pauses", given.pauses)
    return Terms({**given.values, **values}, frozenset(pauses))


def change(
    user: User,
    scope: Scope,
    *,
    start: datetime | None = None,
    reason: str = "New times.",
    seen: int | None = None,
    **values: Any,
) -> RefundPolicy:
    """A new version of ``scope`` by ``user``: what the common policy says, with other ``values``."""
    values.setdefault("review_hours", 5)
    return new_version(
        scope=scope,
        terms=terms(common(kind=scope.kind, stage=scope.stage or "not_shipped"), **values),
        actor=person(user),
        reason=reason,
        start=start,
        seen=seen,
    )


__all__ = ["UNSHIPPED", "PauseTerm", "Scope", "change", "common", "in_force", "now", "terms"]
