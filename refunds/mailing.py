"""Mail about what presses: to whoever was told of it and has an address, each notice once.

The notice is the record: what could not be sent now is sent later. A worker that dies between sending and
noting it sends that mail twice, and never not at all: both under one Message-ID, so that the reader's mail
server or program can keep one of them.
"""

import hashlib
import logging
from collections.abc import Sequence
from datetime import timedelta
from email.utils import parseaddr
from itertools import groupby
from smtplib import SMTPException

from django.conf import settings
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice import clock
from refunds.models import Notice

log = logging.getLogger(__name__)
EVERY = 60  # seconds
AGAIN = 1800  # seconds until a mail server that failed is tried again
FRESH = timedelta(days=1)  # what is older is no news: it stands on the home page
LINES = 50  # of one mail


def mail_now_and_then() -> int | None:
    """For the tick: look once a minute, on one machine; ``None`` when it is not time."""
    return mail() if cache.add("notices-mailed", 1, EVERY) else None


def mail() -> int:
    """Send everybody what presses and was not sent to them; gives how many mails left.

    Where the mail server does not take them, all wait for half an hour.
    """
    waiting = Notice.objects.filter(
        kind__in=Notice.PRESSING, mailed_at=None, made_at__gte=clock.now() - FRESH
    )
    waiting = waiting.filter(recipient__is_active=True).exclude(recipient__email="")
    rows = waiting.select_related("recipient", "case__store").order_by("recipient", "pk")
    sent = 0
    for person, group in groupby(rows, key=lambda notice: notice.recipient):
        notices = list(group)
        try:
            _send(person.email, notices)
        except (OSError, SMTPException) as problem:
            log.warning("Mail about payouts could not be sent: %s", problem)
            cache.set("notices-mailed", 1, AGAIN)
            break
        told = Notice.objects.filter(pk__in=[notice.pk for notice in notices])
        told.update(mailed_at=clock.now())
        sent += 1
    return sent


def _send(address: str, notices: Sequence[Notice]) -> None:
    """One mail, in each language below the other: nobody knows which one its reader has chosen."""
    subjects, texts = [], []
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            subjects.append(_subject(len(notices)))
            texts.append("\n".join([*map(_line, notices[:LINES]), *_rest(len(notices) - LINES)]))
    mail_of_it = EmailMessage(
        " · ".join(subjects), "\n\n".join(texts), to=[address], headers=_named(notices)
    )
    mail_of_it.send()


def _named(notices: Sequence[Notice]) -> dict[str, str]:
    """The mail's own name: that of what it tells, whichever machine sends it, and however often."""
    told = " ".join(str(notice.pk) for notice in notices)
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    return {"Message-ID": f"<{hashlib.sha256(told.encode()).hexdigest()[:32]}@{domain}>"}


def _subject(count: int) -> str:
    return ngettext(
        "%(n)d payout needs to be looked at", "%(n)d payouts need to be looked at", count
    ) % {"n": count}


def _line(notice: Notice) -> str:
    """What it is about; no name and no amount, because mail is read by whoever carries it."""
    return _("%(what)s: %(payout)s, case %(case)s, %(store)s") % {
        "what": notice.get_kind_display(),
        "payout": notice.about.split()[1],
        "case": notice.case.number,
        "store": notice.case.store,
    }


def _rest(more: int) -> list[str]:
    if more <= 0:
        return []
    return [ngettext("and %(n)d more.", "and %(n)d more.", more) % {"n": more}]
