"""Alarms about history: raised once, told until they are over, and mailed to whoever has to know.

The row is the letter: a mail that could not be sent is sent when somebody looks next. What stands in the
database its owner may take away; the program's log and the mail are where they cannot.
"""

import logging
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.core.cache import cache
from django.core.mail import send_mail
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext, gettext_noop

from backoffice.actors import TIMER, system
from backoffice.audit.log.models import LogAlarm, Verification
from backoffice.audit.recording import recorded
from backoffice.clock import now

logger = logging.getLogger(__name__)
Kind = LogAlarm.Kind
State = Verification.State
FAR = (State.FAILED, State.UNCLEAR, State.BROKEN, State.HOLDS)  # how far a verification may come
Alarm = tuple[str, str]  # its kind, and about what
RAISED, OVER, MAILED = (
    gettext_noop("Something about history needs a person."),
    gettext_noop("What the alarm told of is over."),
    gettext_noop("The alarm was mailed."),
)
AGAIN = 300  # seconds until a mail server that failed is tried again
FRESH = timedelta(days=1)  # what is older and over is no news


def standing() -> list[LogAlarm]:
    """The alarms that are not over, the newest first."""
    return list(LogAlarm.objects.filter(gone_at=None))


def settle(kinds: Iterable[str], found: Iterable[Alarm]) -> None:
    """Let alarms of ``kinds`` stand for exactly what is ``found``: raise what is new, end what is over."""
    found = set(found)
    known = {(alarm.kind, alarm.about): alarm for alarm in standing() if alarm.kind in set(kinds)}
    for alarm in found - known.keys():
        _raise(alarm)
    for alarm in known.keys() - found:
        _end(known[alarm])


def follow(run: Verification) -> None:
    """Raise or end the alarms that ``run``'s new state speaks of.

    One that looked at as much, and came as far, ends what earlier ones told, unless it says no more than
    they did: that is no news, and their alarm stands.
    """
    if run.state in Verification.WAITING:
        return
    told = _told()
    same = [alarm for alarm, other in told if _says_as_much(other, run)]
    if run.state != State.HOLDS and not same:
        _raise((run.state, str(run.pk)))
    for alarm, other in told:
        came_as_far = FAR.index(run.state) >= FAR.index(other.state)
        if run.since <= other.since and came_as_far and alarm not in same:
            _end(alarm)


def _told() -> list[tuple[LogAlarm, Verification]]:
    """The verifications whose alarms stand."""
    those = [alarm for alarm in standing() if alarm.kind in FAR]
    runs = Verification.objects.in_bulk([int(alarm.about) for alarm in those])
    return [(alarm, runs[int(alarm.about)]) for alarm in those]


def _says_as_much(run: Verification, other: Verification) -> bool:
    """Whether ``run`` ended as ``other`` did, and found all that it did."""
    if run.state != other.state or run.found < other.found:
        return False
    return all(finding in run.findings for finding in other.findings)


def mail() -> int:
    """Send what was not sent yet; gives how many alarms that were. Without an address there are none.

    A worker that dies between sending and noting it sends that mail twice, and never not at all.
    """
    if not settings.AUDIT_ALARM_MAIL or cache.get("alarms-wait"):
        return 0
    news = Q(gone_at=None) | Q(found_at__gte=now() - FRESH)
    sent = 0
    for alarm in LogAlarm.objects.filter(news, mailed_at=None).order_by("pk"):
        try:
            _send(alarm)
        except OSError as problem:  # SMTP's errors are kinds of it
            logger.warning("An alarm about history could not be mailed: %s", problem)
            cache.set("alarms-wait", 1, AGAIN)
            break
        with recorded(system(TIMER), MAILED):
            alarm.mailed_at = now()
            alarm.save()
        sent += 1
    return sent


def _send(alarm: LogAlarm) -> None:
    """One mail, in each language below the other: nobody knows which one its reader has chosen."""
    subjects, texts = [], []
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            subjects.append(gettext("Alarm about history"))
            texts.append(str(alarm))
    send_mail(" · ".join(subjects), "\n".join(texts), None, settings.AUDIT_ALARM_MAIL)


def _raise(alarm: Alarm) -> None:
    kind, about = alarm
    with recorded(system(TIMER), RAISED):
        row = LogAlarm.objects.create(kind=kind, about=about, found_at=now())
    with translation.override("en"):
        logger.error("Alarm about history: %s", row)


def _end(alarm: LogAlarm) -> None:
    with recorded(system(TIMER), OVER):
        alarm.gone_at = now()
        alarm.save()
