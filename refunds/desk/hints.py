"""What a case suggests to whoever decides it, with every sign that leads there. It decides nothing.

Each sign says something that anybody can check on the page, and what it speaks for. The suggestion
is the gravest thing that a sign speaks for. Nothing of it is stored.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import models
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from backoffice import clock, money
from refunds import risk
from refunds.desk import window
from refunds.desk.related import Relatives
from refunds.evidence import required
from refunds.exemptions import checking as exemptions
from refunds.models import FlaggedSku, RefundCase, Risk, RiskHold, Stage, State


class Suggestion(models.TextChoices):
    """What a person might do next, the gravest first."""

    MERGE = "merge", pgettext_lazy("suggestion", "Merge it: it looks like a duplicate")
    REJECT = "reject", pgettext_lazy("suggestion", "Reject it: it came too late")
    ASK = "ask", pgettext_lazy("suggestion", "Ask the buyer for evidence")
    LOOK = "look", pgettext_lazy("suggestion", "Look closely before you decide")
    APPROVE = "approve", pgettext_lazy("suggestion", "Approve it")
    NOTE = "note", ""


@dataclass(frozen=True)
class Sign:
    """One thing to know, and what it speaks for; ``NOTE`` speaks for nothing."""

    speaks_for: Suggestion
    words: str


@dataclass(frozen=True)
class Hint:
    """The suggestion and its reasons, the gravest first."""

    suggestion: Suggestion
    signs: list[Sign]


def hint(case: RefundCase, relatives: Relatives) -> Hint | None:
    """The hint for a case that waits for the store's decision; ``None`` for any other."""
    if case.state not in (State.REQUESTED, State.INSPECTING):
        return None
    order = list(Suggestion)
    signs = [sign for rule in RULES for sign in rule(case, relatives)]
    signs.sort(key=lambda sign: order.index(sign.speaks_for))
    return Hint(signs[0].speaks_for if signs else Suggestion.LOOK, signs)


def _duplicates(case: RefundCase, relatives: Relatives) -> Iterator[Sign]:
    for other in relatives.likely_duplicates:
        # An inspected return is about goods that are here: it is nobody's duplicate any more.
        grave = Suggestion.MERGE if case.state == State.REQUESTED else Suggestion.LOOK
        yield Sign(
            grave,
            _("%(number)s is about the same line of this order: %(state)s.")
            % {"number": other.number, "state": other.get_state_display()},
        )


def _window(case: RefundCase, relatives: Relatives) -> Iterator[Sign]:
    day = window.last_day(case)
    if day and case.state == State.REQUESTED and window.is_over(case):
        yield Sign(
            Suggestion.REJECT,
            _("The last day for after-sale requests was %(day)s.")
            % {"day": date_format(day, "DATE_FORMAT")},
        )


def _exempt(case: RefundCase, relatives: Relatives) -> Iterator[Sign]:
    if case.state != State.REQUESTED:
        return
    if refusal := exemptions.refusal_of(case):
        yield Sign(Suggestion.REJECT, refusal)
    elif case.not_exempt_because:
        words = _("It was said why the goods are not exempt from the return: %(why)s")
        yield Sign(Suggestion.LOOK, words % {"why": case.not_exempt_because})


def _evidence(case: RefundCase, relatives: Relatives) -> Iterator[Sign]:
    missing, wanted = required.lacking(case), required.demanded(case)
    if missing:
        yield Sign(
            Suggestion.ASK,
            ngettext(
                "%(n)d file of evidence is missing: %(hint)s.",
                "%(n)d files of evidence are missing: %(hint)s.",
                missing,
            )
            % {"n": missing, "hint": case.reason.evidence_label or "–"},
        )
    elif wanted:
        yield Sign(Suggestion.APPROVE, _("The evidence that the reason demands is attached."))


def _risk(case: RefundCase, relatives: Relatives) -> Iterator[Sign]:
    now = risk.level(risk.record_of(case.order, at=clock.now(), without=case))
    graver = max(Risk(case.risk), now, key=list(Risk).index)
    if graver == Risk.LOW:
        yield Sign(Suggestion.APPROVE, _("The buyer's record of 90 days asks for no special care."))
    else:
        words = _("The buyer's record says: risk “%(risk)s”.") % {"risk": graver.label}
        yield Sign(Suggestion.LOOK, words)


def _watched(case: RefundCase, relatives: Relatives) -> Iterator[Sign]:
    held = RiskHold.objects.filter(buyer=case.order.buyer_id, active=True).first()
    if case.order.buyer_id and held:
        yield Sign(Suggestion.LOOK, _("The buyer is on a risk hold: %(why)s") % {"why": held.why})
    skus = [line.order_line.sku for line in case.lines.all()]
    for flag in FlaggedSku.objects.filter(store=case.store_id, sku__in=skus, active=True):
        yield Sign(
            Suggestion.LOOK,
            _("The article %(sku)s is under watch: %(why)s") % {"sku": flag.sku, "why": flag.why},
        )


def _amount(case: RefundCase, relatives: Relatives) -> Iterator[Sign]:
    policy = case.policy
    ceiling = money.show(policy.auto_ceiling, case.currency)
    if case.amount_requested > policy.auto_ceiling:
        words = _("The amount is above the %(ceiling)s that the timer may approve.")
        yield Sign(Suggestion.LOOK, words % {"ceiling": ceiling})
    if policy.second_approval_above and case.amount_requested > policy.second_approval_above:
        yield Sign(Suggestion.NOTE, _("Two people have to approve such an amount."))


def _goods(case: RefundCase, relatives: Relatives) -> Iterator[Sign]:
    if case.state == State.INSPECTING:
        if not case.return_arrived_at:
            yield Sign(Suggestion.NOTE, _("The return parcel is still under way."))
    elif case.stage == Stage.NOT_SHIPPED:
        yield Sign(Suggestion.APPROVE, _("The goods have not left: their shipment can be stopped."))
    elif case.stage == Stage.SHIPPED:
        yield Sign(Suggestion.NOTE, _("The goods are under way: try to intercept the parcel."))


def _deadline(case: RefundCase, relatives: Relatives) -> Iterator[Sign]:
    if case.held_because:
        words = gettext_lazy("The timer left it to a person: %(why)s")
        yield Sign(Suggestion.LOOK, words % {"why": _(case.held_because)})


Rule = Callable[[RefundCase, Relatives], Iterator[Sign]]
RULES: list[Rule] = [
    _duplicates,
    _window,
    _exempt,
    _evidence,
    _risk,
    _watched,
    _amount,
    _goods,
    _deadline,
]
