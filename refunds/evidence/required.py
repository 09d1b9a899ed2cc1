"""Evidence that a reason demands: without it no machine decides, and a person only by saying why."""

from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from refunds.exceptions import EvidenceMissing
from refunds.models import Party, RefundCase

WHY_HELD = gettext_noop("The reason demands evidence, and not enough of it is attached.")


def demanded(case: RefundCase) -> int:
    """How many files the case's reason and frozen policy demand."""
    return case.policy.evidence_minimum if case.reason.evidence_needed else 0


def lacking(case: RefundCase) -> int:
    """How many of them are not there. What the store shows against the buyer does not count."""
    wanted = demanded(case)
    if not wanted:
        return 0
    shown = sum(1 for file in case.evidence.all() if file.party != Party.STORE)
    return max(0, wanted - shown)


def without_enough(cases: QuerySet[RefundCase]) -> QuerySet[RefundCase]:
    """The same for many cases at once: those of ``cases`` that lack evidence."""
    shown = Count("evidence", filter=~Q(evidence__party=Party.STORE))
    return (
        cases.filter(reason__evidence_needed=True)
        .annotate(shown=shown)
        .filter(shown__lt=F("policy__evidence_minimum"))
    )


def check_person(case: RefundCase, note: str) -> None:
    """A person may approve without the evidence by writing down why; raises ``EvidenceMissing``."""
    if lacking(case) and not note.strip():
        raise EvidenceMissing(
            _(
                "The reason of this case demands evidence, and not enough of it is attached. Attach it, "
                "or say in the note why you approve without."
            )
        )


def check_many(case: RefundCase) -> None:
    """Many cases at once are approved with their evidence only; raises ``EvidenceMissing``."""
    if lacking(case):
        raise EvidenceMissing(
            _(
                "The reason of this case demands evidence, and not enough of it is attached. Open the "
                "case to decide it by itself."
            )
        )
