"""Refusing a return without a reason where the law exempts the goods: when asked for, and when approved.

A return is without a reason where the buyer is liable for its reason: nothing is wrong with the goods.
What counts is what was exempt when the return was asked for.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_noop

from backoffice.exceptions import BackofficeError
from backoffice.sentences import sentence as _
from merchants.models import Store
from refunds.exceptions import HeldForPerson
from refunds.models import ExemptCategory, Kind, Reason, RefundCase

RETURNS = (Kind.RETURN_REFUND, Kind.EXCHANGE)
WHY_HELD = gettext_noop("The law exempts these goods from returns without a reason.")


class ReturnExempt(BackofficeError):
    """Goods that nobody may return without a reason."""


def standing(store: Store, at: datetime) -> QuerySet[ExemptCategory]:
    """What is exempt in ``store`` at that time, its own rows before the common ones."""
    rows = ExemptCategory.objects.filter(
        Q(store=store) | Q(store=None), ground__active=True, valid_from__lte=at
    )
    return rows.exclude(valid_until__lte=at).select_related("ground").order_by("store", "category")


def check(
    *,
    store: Store,
    kind: str,
    reason: Reason,
    categories: Collection[str],
    at: datetime,
    not_exempt_because: str = "",
) -> None:
    """Raise ``ReturnExempt``, with the law's words, where goods of these categories may not come back.

    A ground that depends on the purchase does not hold where somebody said why not.
    """
    if needs_no_reason(kind, reason):
        compare(standing(store, at).filter(category__in=categories), categories, not_exempt_because)


def needs_no_reason(kind: str, reason: Reason) -> bool:
    """Whether goods would come back though nothing is wrong with them."""
    return kind in RETURNS and reason.liable == Reason.Liable.BUYER


def compare(
    rows: Iterable[ExemptCategory], categories: Collection[str], not_exempt_because: str = ""
) -> None:
    """The same for who knows already which ``rows`` stand: of many requests at once."""
    for row in rows:
        said_why_not = row.ground.by_purchase and not_exempt_because.strip()
        if row.category in categories and not said_why_not:
            raise ReturnExempt(_refusal(row))


def check_case(case: RefundCase, *, kind: str = "", by_machine: bool = False) -> None:
    """The same of a case, as its kind or as ``kind``; a machine leaves it to a person."""
    try:
        check(
            store=case.store,
            kind=kind or case.kind,
            reason=case.reason,
            categories=set(case.lines.values_list("order_line__category", flat=True)),
            at=case.requested_at,
            not_exempt_because=case.not_exempt_because,
        )
    except ReturnExempt as refusal:
        raise HeldForPerson(WHY_HELD) if by_machine else refusal from refusal


def refusal_of(case: RefundCase) -> str:
    """Why the case's goods may not come back without a reason, for its page; empty where they may."""
    try:
        check_case(case)
    except ReturnExempt as refusal:
        return str(refusal)
    return ""


def _refusal(row: ExemptCategory) -> str:
    about = {"category": row.category, "ground": row.ground.label, "law": row.ground.law_text}
    refusal = (
        _(
            "“%(category)s” cannot be returned without a reason: %(ground)s. The law says: “%(law)s” Choose "
            "the reason that names a fault, or the one that both have agreed."
        )
        % about
    )
    if not row.ground.by_purchase:
        return refusal
    return _("%(refusal)s Or say why this does not hold for this purchase.") % {"refusal": refusal}
