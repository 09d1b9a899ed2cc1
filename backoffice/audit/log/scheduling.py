"""When history is verified without anybody asking: what is new often, all of it every night.

Beat only says “look now”. What is due follows from the verifications that there were, so that one that was
missed, or killed, is made up for.
"""

from datetime import datetime, time, timedelta

from celery import shared_task
from django.conf import settings
from django.db.models import Max
from django.utils.timezone import localtime
from django.utils.translation import gettext_noop

from backoffice.actors import TIMER, system
from backoffice.audit.log.layouts import by_label
from backoffice.audit.log.models import Leaf, LogAlarm, Verification
from backoffice.audit.log.running import State, begin, last_that_held, look_for_verifications
from backoffice.audit.models import version_model
from backoffice.clock import now

PATIENCE = timedelta(days=2)  # without a verification of everything that came to its end
IN_TIME = gettext_noop("It was time to verify history.")
OURS = (Verification, LogAlarm)  # what verifying itself writes is no reason to verify again


@shared_task(name="backoffice.verify_when_due")
def verify_when_due() -> None:
    """Have history verified if it is time, and carry on with whatever waits."""
    scope = due()
    if scope:
        begin(actor=system(TIMER), only_new=scope == "new", reason=IN_TIME)
    look_for_verifications()


def due() -> str:
    """“all”, “new” or nothing."""
    if Verification.objects.filter(state__in=Verification.WAITING).exists():
        return ""
    if _all_are_due():
        return "all"
    return "new" if _new_ones_are_due() else ""


def is_overdue() -> bool:
    """Whether everything was to be verified every night, and was not for two days."""
    if not settings.AUDIT_VERIFY_ALL_AT:
        return False
    asked = Verification.objects.filter(since=0).order_by("pk")
    ended = asked.filter(state__in=(State.HOLDS, State.BROKEN))
    last = (
        ended.aggregate(at=Max("ended_at"))["at"]
        or asked.values_list("asked_at", flat=True).first()
    )
    return last is not None and now() - last > PATIENCE


def _all_are_due() -> bool:
    if not settings.AUDIT_VERIFY_ALL_AT:
        return False
    last = Verification.objects.filter(since=0).aggregate(at=Max("asked_at"))["at"]
    return last is None or last < _last_time()


def _last_time() -> datetime:
    """When it was last time to verify everything."""
    at, daily = localtime(now()), time.fromisoformat(settings.AUDIT_VERIFY_ALL_AT)
    today = at.replace(hour=daily.hour, minute=daily.minute, second=0, microsecond=0)
    return today if today <= at else today - timedelta(days=1)


def _new_ones_are_due() -> bool:
    last = last_that_held()
    if not settings.AUDIT_VERIFY_NEW_MINUTES or last is None:
        return False
    asked = Verification.objects.aggregate(at=Max("asked_at"))["at"]
    if now() - asked < timedelta(minutes=settings.AUDIT_VERIFY_NEW_MINUTES):
        return False
    ours = [by_label()[version_model(model)._meta.label].number for model in OURS]
    return Leaf.objects.filter(index__gte=last.size).exclude(source__in=ours).exists()
