"""Giving many cases to one colleague at once: each on its own, each with a result."""

from collections.abc import Iterable

from backoffice.actors import Actor
from backoffice.exceptions import BackofficeError
from backoffice.models import User
from refunds.bulk import MOST, Result, TooMany
from refunds.models import RefundCase
from refunds.workflow import perform


def assign_many(
    *, looked_at: Iterable[tuple[int, int]], colleague: User, actor: Actor, note: str
) -> list[Result]:
    """Give each (case id, version) that was looked at to ``colleague``; one refusal stops no other.

    Raises ``TooMany`` above 200.
    """
    chosen = list(looked_at)
    if len(chosen) > MOST:
        raise TooMany
    cases = RefundCase.objects.visible_to(actor.user).in_bulk([pk for pk, _version in chosen])
    return [
        _assign(cases[pk], version, colleague=colleague, actor=actor, note=note)
        for pk, version in chosen
        if pk in cases
    ]


def _assign(case: RefundCase, version: int, *, colleague: User, actor: Actor, note: str) -> Result:
    try:
        return Result(
            perform(
                "assign",
                case_id=case.pk,
                actor=actor,
                version=version,
                note=note,
                colleague=colleague,
            )
        )
    except BackofficeError as refusal:
        return Result(case, str(refusal))
