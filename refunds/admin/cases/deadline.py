"""The case's clock as people read it: what it waits for, how long, by which hours, and what then."""

from typing import Any

from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from backoffice import money
from backoffice.admin.display import countdown, pill
from backoffice.clock import spell
from refunds.clocks import counting, ends
from refunds.compensating.kinds import platform_decides
from refunds.deciding import rails
from refunds.models import Clock, Kind, Offer, Pause, RefundCase, State, TimerTrouble

# What the end of these clocks means, whoever the case belongs to.
THEN: dict[str, str] = {
    Clock.SHIP_BACK: gettext_noop(
        "Then the case is withdrawn, because the goods were not sent back."
    ),
    Clock.ESCALATE: gettext_noop(
        "Until then the buyer may take the refusal to the platform; then the case is closed."
    ),
    Clock.ARBITRATE: gettext_noop(
        "By then the platform should decide. No timer does it in its place."
    ),
    Clock.ADVANCE: gettext_noop(
        "By then the platform should decide. Then it is escalated; the timer never pays in its place."
    ),
    Clock.APPEAL: gettext_noop(
        "Until then the merchant may appeal the verdict. The money does not wait for it."
    ),
}


def deadline_story(case: RefundCase) -> dict[str, Any]:
    """Which clock runs and until when, whether it stands still, and what happens then."""
    if case.due_at is None:
        return {"due": None, "then": _("No clock is running.")}
    story: dict[str, Any] = {
        "due": case.due_at,
        "clock": Clock.ARBITRATE.label if platform_decides(case) else case.get_clock_display(),
        "hours": _hours(case),
        "channel": case.channel_due_at if _bound_by_channel(case) else None,
        "extended": case.extended_hours,
    }
    if case.held_because:
        return story | {"held": _(case.held_because), "then": _("A person has to decide.")}
    if case.time_left is not None:
        story |= {"pause": Pause.objects.filter(case=case, ended_at=None).first()}
        story |= {"left": spell(case.time_left), "offer": _offer(case)}
    if ends.passed(case) and (trouble := case.troubles.filter(at=TimerTrouble.At.CASE).first()):
        return story | {"held": _stuck(trouble), "then": _("A person has to decide.")}
    return story | {"then": _then(case)}


def _stuck(trouble: TimerTrouble) -> str:
    """Why nothing has happened, and when the timer tries again."""
    moment = date_format(localtime(trouble.next_at), "SHORT_DATETIME_FORMAT")
    return _(
        "The timer fails at this case, and cannot even write that down in it. It tries again at "
        "%(time)s. Tell the people who run this program: their log says what is wrong with it."
    ) % {"time": moment}


def due_cell(case: RefundCase) -> SafeString | str:
    """The same in a list: how long is left and of what, or that it stands still or waits for a person."""
    if case.due_at is None:
        return "–"
    if case.held_because:
        return pill("held", _("Held for a person"))
    what = _("paused") if ends.is_paused(case) else case.get_clock_display()
    return format_html('{}<br><span class="desk-muted">{}</span>', countdown(case.due_at), what)


def _hours(case: RefundCase) -> str:
    """By whose hours the clock counts."""
    calendar = case.store.calendar if counting.works_by_calendar(case) else None
    return str(calendar or _("around the clock"))


def _bound_by_channel(case: RefundCase) -> bool:
    return case.clock in (Clock.REVIEW, Clock.OFFER)


def _offer(case: RefundCase) -> str:
    """What was offered, where an offer is open."""
    if case.clock != Clock.OFFER:
        return ""
    offer = Offer.objects.filter(case=case, state=Offer.State.OPEN).first()
    return money.show(offer.amount, case.currency) if offer else ""


def _then(case: RefundCase) -> str:
    if case.time_left is not None:
        return _when_it_goes_on(case)
    if (text := THEN.get(case.clock)) is not None:
        return _(text)
    if why := rails.reason(case):
        return _("Then it goes to a person: %(why)s") % {"why": _(why)}
    if case.state == State.INSPECTING:
        return _("Then the timer accepts the return, and the money is queued.")
    if case.kind == Kind.EXCHANGE:
        return _(
            "Then the timer approves the exchange if the goods are in stock; otherwise it becomes a "
            "return and refund."
        )
    if case.kind == Kind.RETURN_REFUND:
        return _("Then the timer lets the buyer send the goods back, as the policy says.")
    return _("Then the timer approves it, as the policy says.")


def _when_it_goes_on(case: RefundCase) -> str:
    left = {"left": spell(case.time_left)} if case.time_left is not None else {}
    if case.clock == Clock.OFFER:
        return _("Then the offer lapses, and the review goes on with the %(left)s left.") % left
    return _("Then the clock goes on with the %(left)s left.") % left
