"""Two requests about the same thing: one goes on, the other leads to it."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from backoffice import clock
from backoffice.actors import Actor
from backoffice.exceptions import BadInput
from refunds.clocks import running
from refunds.models import RefundCase, State


def candidates(case: RefundCase) -> QuerySet[RefundCase]:
    """The cases that ``case`` may be merged into: others of the same order that were not withdrawn."""
    others = RefundCase.objects.filter(order=case.order_id, store=case.store_id)
    return others.exclude(pk=case.pk).exclude(state=State.WITHDRAWN).order_by("pk")


def has_candidates(case: RefundCase) -> bool:
    """Whether there is a case to merge into."""
    return candidates(case).exists()


def merge(case: RefundCase, *, actor: Actor, into: RefundCase, **_details: Any) -> None:
    """Withdraw ``case`` as a duplicate; what it holds is shown on ``into`` from now on.

    The order's lock, which the caller holds, keeps the other case where it is. Raises ``BadInput``
    for a case of another order, itself, or one that was withdrawn.
    """
    main = candidates(case).filter(pk=into.pk).first()
    if main is None:
        raise BadInput(
            _(
                "Choose another case of the same order that was not withdrawn. Only such a case can go "
                "on in place of this one."
            )
        )
    for earlier in case.duplicates.select_for_update():
        earlier.merged_into = main  # what led here leads on to the one that is left
        earlier.version += 1
        earlier.save()
    case.withdraw()
    case.merged_into = main
    running.stop(case)
    case.closed_at = clock.now()
