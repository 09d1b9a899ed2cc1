"""What a version may not say: each refusal is a sentence that names the field and the way out."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from backoffice.exceptions import BadInput
from refunds.models import Bearer, Kind, RefundPolicy, RejectCode, Stage
from refunds.policies.scopes import Scope
from refunds.policies.terms import Terms, label_of

STATUTORY_REFUND_DAYS = 7  # from the day on which the goods came back
BEFORE_THE_CHANNEL_HOURS = 4
LONGEST_HOURS = 365 * 24
SOME_HOURS = (  # from 1 on
    "review_hours",
    "ship_back_hours",
    "inspect_hours",
    "offer_hours",
    "escalate_hours",
    "complaint_acknowledge_hours",
    "complaint_answer_hours",
    "complaint_resolve_hours",
)
ANY_HOURS = (  # from 0 on
    "inspect_from_waybill_hours",
    "appeal_hours",
    "extend_hours",
    "complaint_wait_hours",
)
COMPLAINT_HOURS = SOME_HOURS[-3:]  # one after the other
NAMED = (Bearer.STORE, Bearer.SUPPLIER, Bearer.CARRIER, Bearer.PLATFORM)


class PolicyRefused(BadInput):
    """A policy, or its start, that would not be sound."""


def check(scope: Scope, terms: Terms) -> None:
    """Raise ``PolicyRefused`` with the first thing that stands against these terms for this scope."""
    for problem in (
        *_of_scope(scope),
        *_of_hours(terms),
        *_of_pauses(terms),
        *_of_money(terms),
        *_of_rules(scope, terms),
    ):
        raise PolicyRefused(problem)


def _of_scope(scope: Scope) -> Iterator[str]:
    if scope.kind not in Kind.values:
        yield _("There is no kind of case “%(kind)s”.") % {"kind": scope.kind}
    if scope.stage and scope.stage not in Stage.values:
        yield _("There is no stage “%(stage)s”.") % {"stage": scope.stage}
    store, reason = scope.store, scope.reason
    if store and scope.channel not in ("", store.channel):
        yield _("%(store)s sells on “%(channel)s”: leave the channel empty, or write that one.") % {
            "store": store,
            "channel": store.channel,
        }
    if reason and not reason.allows(scope.kind):
        yield _("The reason “%(reason)s” is not for such cases: choose another reason or kind.") % {
            "reason": reason
        }


def _of_hours(terms: Terms) -> Iterator[str]:
    said = terms.values
    for least, names in ((1, SOME_HOURS), (0, ANY_HOURS)):
        for name in names:
            if not least <= said[name] <= LONGEST_HOURS:
                yield _("“%(field)s” must be from %(least)d to %(most)d.") % {
                    "field": label_of(name),
                    "least": least,
                    "most": LONGEST_HOURS,
                }
    channel = said["channel_hours"]
    if channel is not None and not BEFORE_THE_CHANNEL_HOURS < channel <= LONGEST_HOURS:
        yield _(
            "The channel's clock needs more than four hours: the store's ends that long before it."
        )
    if said["inspect_hours"] > STATUTORY_REFUND_DAYS * 24:
        yield _(
            "Inspect within 168 hours: the law wants the refund within 7 days of the goods' return."
        )
    in_order = [said[name] for name in COMPLAINT_HOURS]
    if in_order != sorted(in_order):
        yield _(
            "A complaint is acknowledged, then answered, then resolved: put the hours in order."
        )


def _of_pauses(terms: Terms) -> Iterator[str]:
    for pause in terms.pauses:
        if not (0 < pause.hours <= LONGEST_HOURS and 0 < pause.times <= 9):
            yield _("A pause lasts from 1 to %(most)d hours, and happens from 1 to 9 times.") % {
                "most": LONGEST_HOURS
            }


def _of_money(terms: Terms) -> Iterator[str]:
    said = terms.values
    if said["auto_ceiling"] < 0:
        yield _(
            "The auto-approval ceiling cannot be below zero. Zero means that people decide all."
        )
    if said["second_approval_above"] is not None and said["second_approval_above"] < 0:
        yield _("The amount above which two people approve cannot be below zero.")


def _of_rules(scope: Scope, terms: Terms) -> Iterator[str]:
    said = terms.values
    approves = said["at_deadline"] == RefundPolicy.AtDeadline.APPROVE
    if approves and scope.kind == Kind.REFUND_ONLY and said["cost_bearer"] not in NAMED:
        yield _(
            "A refund without return that is approved by itself must say who bears it: the store, the "
            "supplier, the carrier or the platform."
        )
    known = set(RejectCode.objects.values_list("code", flat=True))
    for code in said["reject_codes"]:
        if code not in known:
            yield _("There is no reject code “%(code)s”.") % {"code": code}
