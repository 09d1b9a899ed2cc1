"""How states and deadlines look, in lists and pages alike."""

from datetime import datetime, timedelta

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice import clock

SOON = timedelta(hours=4)


def pill(state: str, label: str | Promise) -> SafeString:
    """A state as a pill: its word, a mark and a colour."""
    return format_html('<span class="desk-pill is-{}">{}</span>', state, label)


def countdown(due: datetime | None, soon: timedelta = SOON) -> SafeString:
    """How long until ``due``; kept current by the page's script, in the server's words."""
    if due is None:
        return SafeString("")
    left = due - clock.now()
    return format_html(
        '<time class="desk-countdown{}" datetime="{iso}" title="{title}" '
        'data-due="{iso}" data-soon="{}" data-left="{}" data-overdue="{}" '
        'data-days="{}" data-hours="{}" data-minutes="{}">{}</time>',
        " is-overdue" if left < timedelta(0) else " is-soon" if left < soon else "",
        int(soon.total_seconds()),
        _("%(span)s left"),
        _("%(span)s overdue"),
        _("%(days)d d %(hours)d h"),
        _("%(hours)d h %(minutes)d min"),
        ngettext("%(n)d min", "%(n)d min", 2),
        clock.countdown(due),
        iso=due.isoformat(),
        title=date_format(localtime(due), "SHORT_DATETIME_FORMAT"),
    )
