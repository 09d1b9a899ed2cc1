"""What will happen next to a payout that a gateway sends, in a sentence."""

from datetime import datetime

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from refunds.gateways.accounts import configured
from refunds.models import Payout, PayoutAttempt, PayoutGateway

State = Payout.State


def what_next(payout: Payout, attempt: PayoutAttempt | None) -> str:
    """The next step, and when; empty where there is none. ``attempt`` is the latest one."""
    gateway = payout.batch.gateway if payout.batch else None
    if gateway is None:
        return ""
    if payout.state == State.APPROVED:
        return _before(gateway)
    if payout.state == State.SENDING:
        return _(
            "It is being sent at this moment. Should its worker die, the provider is asked at %(time)s."
        ) % {"time": _time(attempt)}
    if payout.state == State.SENT:
        return _("The provider took it. It is asked what became of it at %(time)s.") % {
            "time": _time(attempt)
        }
    if payout.state == State.UNKNOWN:
        return _unknown(gateway, attempt)
    return ""


def _before(gateway: PayoutGateway) -> str:
    if gateway.paused:
        return _("The gateway is paused: nothing of this store is sent until that is over.")
    if (gateway.provider, gateway.account) not in configured():
        return _(
            "This installation has no keys for %(account)s, so nothing can be sent. Tell the people "
            "who run this program."
        ) % {"account": f"{gateway.provider}:{gateway.account}"}
    return _("A worker sends it within seconds.")


def _unknown(gateway: PayoutGateway, attempt: PayoutAttempt | None) -> str:
    sentence = _(
        "Nobody knows yet whether this was paid. The provider is asked about %(number)s at %(time)s. "
        "If it never arrived, the same number is sent again, and no other."
    ) % {"number": attempt.number if attempt else "–", "time": _time(attempt)}
    if attempt and attempt.outcome == PayoutAttempt.Outcome.DIFFERS:
        return _(
            "The provider names another amount under this number. It stays open until a person has "
            "cleared that up with the provider."
        )
    if attempt and attempt.outcome == PayoutAttempt.Outcome.STUCK:
        return _(
            "The provider cannot pay it by itself. Take it up with the provider: what is decided there is "
            "asked for under the same number."
        )
    if gateway.paused:
        return sentence + " " + _("While the gateway is paused it is only asked, and not sent.")
    return sentence


def _time(attempt: PayoutAttempt | None) -> str:
    at: datetime | None = attempt.ask_at if attempt else None
    return date_format(localtime(at), "DATETIME_FORMAT") if at else "–"
