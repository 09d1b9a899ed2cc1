"""Approving many cases at once: each on its own, each with a result."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from backoffice.actors import Actor
from backoffice.exceptions import BackofficeError, NotAllowed
from refunds.deciding import four_eyes
from refunds.evidence import required
from refunds.models import RefundCase
from refunds.workflow import perform

MOST = 200


class TooMany(BackofficeError):
    """More cases were chosen than a person can look at."""

    message = _("Choose at most 200 cases at once, so that you can look at what you approve.")


@dataclass(frozen=True)
class Result:
    """What became of one case: approved, waiting for a second person, or why not."""

    case: RefundCase
    refusal: str = ""

    @property
    def waits(self) -> bool:
        """Whether this was only the first of two approvals."""
        return not self.refusal and four_eyes.waits(self.case)


def approve_many(*, looked_at: Iterable[tuple[int, int]], actor: Actor, note: str) -> list[Result]:
    """Approve in full each (case id, version) that was looked at; one refusal stops no other.

    Needs ``refunds.approve_many`` in each case's store. Raises ``TooMany`` above 200.
    """
    chosen = list(looked_at)
    if len(chosen) > MOST:
        raise TooMany
    visible = RefundCase.objects.visible_to(actor.user).select_related("policy", "reason")
    cases = visible.in_bulk([pk for pk, _version in chosen])
    return [
        _approve(cases[pk], version, actor=actor, note=note)
        for pk, version in chosen
        if pk in cases
    ]


def _approve(case: RefundCase, version: int, *, actor: Actor, note: str) -> Result:
    try:
        if not actor.user.has_perm("refunds.approve_many", case):
            raise NotAllowed
        required.check_among_many(case)
        return Result(perform("approve", case_id=case.pk, actor=actor, version=version, note=note))
    except BackofficeError as refusal:
        return Result(case, str(refusal))
