"""How policies read to a buyer: plain sentences without limits, codes or rules of risk."""

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from refunds.models import Bearer, Kind, PauseCause, PolicyPause, Reason, RefundPolicy

DAYS_FROM = 72  # hours from which whole days are said as days


def span(hours: int) -> str:
    """So many hours as a person says it: whole days from three days on."""
    if hours >= DAYS_FROM and hours % 24 == 0:
        return ngettext("%(n)d day", "%(n)d days", hours // 24) % {"n": hours // 24}
    return ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}


def meaning(kind: str) -> str:
    """What a kind of case is, to a buyer."""
    return {
        Kind.REFUND_ONLY: _("You get your money back and send nothing back."),
        Kind.RETURN_REFUND: _(
            "You send the goods back, the store checks them, you get your money."
        ),
        Kind.EXCHANGE: _("You send the goods back and get new ones."),
        Kind.COMPENSATION: _("You keep the goods and get something for the trouble."),
    }[Kind(kind)]


def silence(policy: RefundPolicy, *, timer: bool) -> str:
    """What happens when the store does not answer in time; ``timer``: whether its timer may decide."""
    if not approves(policy, timer=timer):
        return _(
            "If the store does not answer in time, a person is made to decide. Silence is no refusal."
        )
    return {
        Kind.REFUND_ONLY: _("If the store does not answer in time, your refund is approved."),
        Kind.RETURN_REFUND: _("If the store does not answer in time, your return is approved."),
        Kind.EXCHANGE: _(
            "If the store does not answer in time, the exchange is approved – or, where nothing is in "
            "stock, it becomes a refund."
        ),
        Kind.COMPENSATION: _("If the store does not answer in time, your request is approved."),
    }[Kind(policy.kind)]


def approves(policy: RefundPolicy, *, timer: bool) -> bool:
    """Whether silence is consent under ``policy``, at least for some amounts."""
    return (
        timer and policy.at_deadline == RefundPolicy.AtDeadline.APPROVE and policy.auto_ceiling > 0
    )


def inspected(policy: RefundPolicy, *, timer: bool) -> str:
    """How long the store checks what came back, and what its silence means."""
    words = _(
        "The store checks the goods within %(time)s of their arrival, and at most %(most)s after you "
        "sent them."
    ) % {"time": span(policy.inspect_hours), "most": span(policy.inspect_from_waybill_hours)}
    if approves(policy, timer=timer):
        words += " " + _("If it does not, your return is accepted.")
    return words


def longer(pause: PolicyPause) -> str:
    """Why it may take longer, and how much; as a clause."""
    reasons = {
        PauseCause.EVIDENCE: _("while you are asked for proof"),
        PauseCause.STOCK_CHECK: _("while the store looks whether it has the goods"),
        PauseCause.INTERCEPTION: _("while the parcel is being stopped on its way"),
        PauseCause.HOLIDAY: _("over holidays that the store announced"),
        PauseCause.CARRIER: _("when the carrier fails"),
        PauseCause.OFFER: _("while you think about an offer"),
        PauseCause.APPRAISAL: _("while an expert looks at the goods"),
        PauseCause.DISPUTE: _("while you and the store disagree about what came back"),
    }
    about = {"time": span(pause.hours), "why": reasons[PauseCause(pause.cause)]}
    if pause.times == 1:
        return _("up to %(time)s longer, once, %(why)s") % about
    return _("up to %(time)s longer, at most %(times)d times, %(why)s") % {
        **about,
        "times": pause.times,
    }


def lengthened(pauses: Iterable[PolicyPause]) -> str:
    """All that may make it take longer, as one sentence; empty where nothing does."""
    clauses = [longer(pause) for pause in pauses]
    if not clauses:
        return ""
    between = pgettext("between clauses", "; ")
    return _("It may take longer: %(clauses)s.") % {"clauses": between.join(clauses)}


def complaint(policy: RefundPolicy) -> str:
    """How long the store takes to acknowledge, answer and resolve a complaint."""
    return _(
        "It is acknowledged within %(first)s, answered within %(second)s and resolved within "
        "%(third)s. What is late goes to a supervisor."
    ) % {
        "first": span(policy.complaint_acknowledge_hours),
        "second": span(policy.complaint_answer_hours),
        "third": span(policy.complaint_resolve_hours),
    }


def freight(reason: Reason) -> str:
    """Who pays for the way back; empty where nothing goes back."""
    if not (reason.allows(Kind.RETURN_REFUND) or reason.allows(Kind.EXCHANGE)):
        return _("Nothing to send back")
    if reason.freight_payer == Bearer.BUYER:
        return _("You pay")
    return _("You pay nothing")
