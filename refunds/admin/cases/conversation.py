"""The conversation about a case, its evidence by party, and the dispute, on the case page."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from refunds.disputes import appeals, deadlines, standing
from refunds.models import Dispute, Message, Party, Payout, RefundCase

LATEST = 100  # messages shown at first; the link shows them all


def conversation(request: HttpRequest, case: RefundCase) -> dict[str, Any]:
    """Messages and notes as they were written, and beside them what each party showed.

    What the only party showed, where nobody speaks, is in the gallery alone.
    """
    rows = Message.objects.visible_to(request.user).filter(case=case)
    counts = list(rows.order_by().values_list("internal", flat=True))
    shown = rows.select_related("author").order_by("-sent_at", "-pk")
    limit = len(counts) if request.GET.get("talk") == "all" else LATEST
    talk = list(shown[:limit])[::-1]
    parties = by_party(case.evidence.all())
    return {
        "talk": talk,
        "talk_hidden": len(counts) - len(talk),
        "talk_messages": counts.count(False),
        "talk_notes": counts.count(True),
        "shown_by": parties if talk or len(parties) > 1 else [],
    }


def by_party(files: Iterable[Any]) -> list[tuple[str, list[Any]]]:
    """The files of each party that showed any, under the party's name."""
    found: dict[str, list[Any]] = {}
    for file in files:
        found.setdefault(file.party, []).append(file)
    return [(str(party.label), found[party]) for party in Party if party in found]


def dispute(request: HttpRequest, case: RefundCase) -> dict[str, Any] | None:
    """The last dispute: claim, verdict and appeal, and what it holds up."""
    rows = list(case.disputes.visible_to(request.user).order_by("-pk"))
    if not rows:
        return None
    last = rows[0]
    return {
        "dispute": last,
        "judge": appeals.judge_of(last) if last.verdict else None,
        "may_still_appeal": appeals.may_appeal(case),
        "appeal_due": deadlines.appeal_due(last),
        "earlier_disputes": rows[1:],
        "money_stands": money_stands(case, last),
    }


def money_stands(case: RefundCase, row: Dispute) -> list[str]:
    """What becomes of each live payout of the case, in a sentence."""
    if not standing.contested(case):
        return []
    live = [payout for payout in case.payouts.all() if payout.state not in Payout.OVER]
    return [_stands(payout, row) for payout in live]


def _stands(payout: Payout, row: Dispute) -> str:
    if payout.frozen:
        return _("Payout %(payout)s is frozen until this is decided.") % {"payout": payout}
    return _(
        "Payout %(payout)s is in batch %(batch)s, so it is not touched. Only who bears it can "
        "still change."
    ) % {"payout": payout, "batch": payout.batch or "–"}
