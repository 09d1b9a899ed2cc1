"""When a version may start or end, so that the versions of a scope neither overlap nor leave a gap."""

from datetime import datetime

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from backoffice import clock
from refunds.models import RefundPolicy
from refunds.policies import checks
from refunds.policies.checks import PolicyRefused
from refunds.policies.scopes import Scope
from refunds.policies.terms import Terms


def checked(
    scope: Scope, terms: Terms, start: datetime | None, last: RefundPolicy | None
) -> datetime:
    """When the new version would start; raises ``PolicyRefused`` where it cannot follow ``last``."""
    now = clock.now()
    begin = start or now
    check_start(scope, begin, last, now)
    checks.check(scope, terms)
    if last and last.valid_until is None and Terms.of(last) == terms:
        raise PolicyRefused(
            _("This says the same as the version before it. Change something first.")
        )
    return begin


def check_start(scope: Scope, begin: datetime, last: RefundPolicy | None, now: datetime) -> None:
    """Raise ``PolicyRefused`` for a start in the past, an overlap with ``last``, or a gap after it."""
    if begin < now:
        raise PolicyRefused(
            _("A policy cannot start in the past: cases stand on what was in force.")
        )
    if last is None:
        return
    if begin <= last.valid_from:
        raise PolicyRefused(
            _(
                "Version %(version)d of this policy starts on %(start)s: start the new one after that."
            )
            % {"version": last.version, "start": _day(last.valid_from)}
        )
    ended = last.valid_until
    if ended and begin > ended and not scope.covered_by_others(ended, begin):
        raise PolicyRefused(
            _("Between %(end)s and %(start)s nothing would rule. Start when the last version ends.")
            % {"end": _day(ended), "start": _day(begin)}
        )


def check_end(scope: Scope, at: datetime, last: RefundPolicy | None, now: datetime) -> None:
    """Raise ``PolicyRefused`` for an end in the past, before the start, or that leaves a gap."""
    if last is None or last.valid_until is not None:
        raise PolicyRefused(_("This policy has an end already."))
    if at < now:
        raise PolicyRefused(_("A policy cannot end in the past: cases stand on what was in force."))
    if at <= last.valid_from:
        raise PolicyRefused(
            _("Version %(version)d only starts on %(start)s: choose a later end.")
            % {"version": last.version, "start": _day(last.valid_from)}
        )
    if not scope.covered_by_others(at, None):
        raise PolicyRefused(
            _(
                "No other policy would rule after that, and cases would have none. "
                "Make a new version instead."
            )
        )


def _day(moment: datetime) -> str:
    return date_format(localtime(moment), "SHORT_DATETIME_FORMAT")
