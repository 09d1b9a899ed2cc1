"""How the log stands: what is sealed and signed, by whom, where it is kept, and whether anything is wrong."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.cache import cache

from backoffice.audit.log import alarms, checkpoints, tree
from backoffice.audit.log.anchoring import last_anchored, trouble_of
from backoffice.audit.log.anchors import anchors
from backoffice.audit.log.keys import public_keys, signing_keys
from backoffice.audit.log.running import last_that_held
from backoffice.audit.log.ticking import COVERED, TROUBLE
from backoffice.clock import now
from backoffice.models import Heartbeat


def state_of_log() -> dict[str, Any]:
    """What the auditor's page shows."""
    size = tree.size()
    return {
        "size": size,
        "checkpoint": checkpoints.latest(),
        "unsigned": size - checkpoints.signed_size(),
        "covered": covered_until(),
        "keys": [str(key) for key in public_keys()],
        "signs": bool(signing_keys()),
        "trouble": cache.get(TROUBLE, ""),
        "anchors": [
            {"name": anchor.name, "last": last_anchored(anchor), "trouble": trouble_of(anchor)}
            for anchor in anchors()
        ],
        "held": last_that_held(),
        "alarms": alarms.standing(),
        "all_at": settings.AUDIT_VERIFY_ALL_AT,
        "new_minutes": settings.AUDIT_VERIFY_NEW_MINUTES,
    }


def covered_until() -> datetime | None:
    """All that was committed before then is under a checkpoint; ``None`` before the first time."""
    beat = Heartbeat.objects.filter(name=COVERED).first()
    return beat.at if beat else None


def is_late() -> bool:
    """Whether rows may have waited for their checkpoint for longer than they should."""
    covered = covered_until()
    late = timedelta(seconds=settings.AUDIT_LATE_SECONDS)
    return covered is not None and now() - covered > late


def health() -> str:
    """In a word, for those who watch the product: “ok”, “unsigned”, “forked”, “late” or “broken”."""
    if not signing_keys():
        return "unsigned"
    if cache.get(TROUBLE):
        return "forked"
    kinds = {alarm.kind for alarm in alarms.standing()}
    if alarms.Kind.BROKEN in kinds:
        return "broken"
    return "late" if is_late() else "ok"
