"""Verdicts of cases that are paid already become final too; they have no clock that would say so."""

from django.db import connection
from django.utils.translation import gettext_noop

from backoffice import clock
from backoffice.actors import TIMER, system
from backoffice.audit.bulk import update_many
from backoffice.audit.recording import recorded
from refunds.models import Dispute

MOST = 500  # at one tick
FINAL = gettext_noop("Nobody appealed the verdict in time, so it is final.")


def close_final_verdicts() -> int:
    """Close the disputes whose time to appeal is over and whose case has no clock; gives how many."""
    waiting = Dispute.objects.filter(
        verdict=Dispute.Verdict.BUYER,
        closed_at=None,
        appealed_at=None,
        appeal_until__lte=clock.trusted_now(),
        case__due_at=None,
    )
    if not waiting.exists():
        return 0
    skip = connection.features.has_select_for_update_skip_locked
    with recorded(system(TIMER), FINAL, "let_stand"):
        rows = list(waiting.select_for_update(of=("self",), skip_locked=skip).order_by("pk")[:MOST])
        for dispute in rows:
            dispute.closed_at = clock.now()
        update_many(rows, ["closed_at"])
    return len(rows)
