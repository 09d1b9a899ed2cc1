"""Evidence that a reason demands: without it no machine decides, and a person only by saying why.

It is demanded of the buyer, for the approval. What the store shows against the buyer does not count,
and goods that came back are looked at in place of pictures.
"""

from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from backoffice.actors import Actor
from refunds.exceptions import EvidenceMissing, HeldForPerson
from refunds.models import Evidence, Party, RefundCase, State

WHY_HELD = gettext_noop("The reason demands evidence, and not enough of it is attached.")
SAY_WHY = _(
    "The reason of this case demands evidence, and not enough of it is attached. Attach it, or say in "
    "the note why you approve without."
)
ONE_BY_ONE = _(
    "The reason of this case demands evidence, and not enough of it is attached. Open the case to "
    "decide it by itself."
)
_shown = (
    Evidence.objects.filter(case=OuterRef("pk"))
    .exclude(party=Party.STORE)
    .order_by()
    .values("case")
    .annotate(files=Count("pk"))
    .values("files")
)
# The cases that lack evidence, as a condition on many: the same as ``lacking`` says of one.
LACKING = Q(state=State.REQUESTED, reason__evidence_needed=True) & Q(
    policy__evidence_minimum__gt=Coalesce(Subquery(_shown), 0)
)


def demanded(case: RefundCase) -> int:
    """How many files the case's reason and frozen policy demand."""
    return case.policy.evidence_minimum if case.reason.evidence_needed else 0


def lacking(case: RefundCase) -> int:
    """How many of them are not there, while the request waits for its decision."""
    wanted = demanded(case) if case.state == State.REQUESTED else 0
    if not wanted:
        return 0
    shown = sum(1 for file in case.evidence.all() if file.party != Party.STORE)
    return max(0, wanted - shown)


def check(case: RefundCase, *, actor: Actor, note: str) -> None:
    """Before an approval: enough evidence, or a person who writes down why they do without.

    Raises ``EvidenceMissing`` for a person, ``HeldForPerson`` for a machine. Who gives the second
    approval relies on what the first person wrote.
    """
    if not lacking(case):
        return
    if actor.user.is_system:
        raise HeldForPerson(WHY_HELD)
    if not note.strip() and case.first_approver_id is None:
        raise EvidenceMissing(SAY_WHY)


def check_among_many(case: RefundCase) -> None:
    """Many cases at once are approved with their evidence only; raises ``EvidenceMissing``."""
    if lacking(case):
        raise EvidenceMissing(ONE_BY_ONE)
