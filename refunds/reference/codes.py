"""The page of codes: the shipped reasons, reject codes, policies and limits."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, cast

from django.db import models

from refunds.defaults import CEILING, LIMITS, POLICIES, REASONS, REJECT_CODES
from refunds.defaults.limits import CAP
from refunds.exemptions.seeds import GROUNDS
from refunds.models import RefundPolicy
from refunds.reference.markdown import page, table

REASON_HEADS = (
    "Code",
    "Reason",
    "中文",
    "Liable",
    "Kinds",
    "Evidence asked for",
    "Pays the return freight",
    "Counts in the score",
)
REJECT_HEADS = ("Code", "Reason", "中文", "Needs evidence on the case", "Who may use it")
POLICY_HEADS = (
    "Kind",
    "Stage when requested",
    "Time to review",
    "At the deadline",
    "Pauses",
    "Reject codes",
    "Who bears it",
)
TIMES = {
    "ship_back_hours": "for the buyer to ship back",
    "inspect_hours": "for the merchant to inspect",
    "escalate_hours": "for the buyer to escalate a rejection",
    "complaint_acknowledge_hours": "to acknowledge a complaint",
    "complaint_answer_hours": "to answer it",
    "complaint_resolve_hours": "to resolve it",
}


def codes() -> str:
    """The shipped reasons, reject codes and policies."""
    times = "; ".join(f"{_hours(name)} h {words}" for name, words in TIMES.items())
    return page(
        "Reasons, reject codes, policies",
        "What the product ships with. All of it is data: see [how to change a policy](../how-to/policies.md).",
        "## Reasons",
        table(REASON_HEADS, _reasons()),
        "`O01` needs a text that explains it.",
        "## Reject codes",
        table(REJECT_HEADS, _rejects()),
        "## Grounds of exemption",
        "What the law exempts from the return without a reason. Which categories fall under them is data of each store: "
        "see [how to exempt goods](../how-to/exempt-goods.md).",
        table(("Code", "Ground", "中文", "Depends on the purchase"), _grounds()),
        "## Policies",
        table(POLICY_HEADS, _policies()),
        f"Common to all of them: above {_amount(CEILING)} (in the order's currency) the timer hands the case to a person; {times}.",
        "## Compensation limits",
        "How much a role may approve alone; both have to hold. See [how to give a compensation]"
        "(../how-to/compensate.md).",
        table(["Role", "Percent of the goods", "Amount", "Cap for the whole order"], _limits()),
    )


def _reasons() -> Iterator[tuple[str, ...]]:
    for row in REASONS:
        kinds, counts = ", ".join(row.kinds) or "all", "yes" if row.counts_in_score else "no"
        asked, payer = row.evidence or "–", row.freight_payer.value
        yield f"`{row.code}`", row.title, row.title_zh, row.liable, kinds, str(asked), payer, counts


def _rejects() -> Iterator[tuple[str, ...]]:
    for code, title, title_zh, evidence, supervisor in REJECT_CODES:
        who = "manager" if supervisor else "staff, manager"
        yield f"`{code}`", title, title_zh, "yes" if evidence else "no", who


def _grounds() -> Iterator[list[str]]:
    for code, title, title_zh, _law, _law_zh, by_purchase in GROUNDS:
        yield [f"`{code}`", title, title_zh, "yes" if by_purchase else "–"]


def _policies() -> Iterator[tuple[str, ...]]:
    said = dict(RefundPolicy.AtDeadline.choices)
    for (kind, stage), terms in POLICIES.items():
        value = terms.values
        pauses = sorted(f"{pause.cause} ≤ {pause.hours} h" for pause in terms.pauses)
        yield (
            str(kind.label),
            str(stage.label),
            f"{value['review_hours']} h",
            str(said[value["at_deadline"]]),
            ", ".join(pauses) or "–",
            ", ".join(value["reject_codes"]) or "all",
            value["cost_bearer"],
        )


def _limits() -> Iterator[tuple[str, ...]]:
    for role, percent, amount in LIMITS:
        share = "any" if percent is None else f"≤ {percent} %"
        most = "any" if amount is None else f"≤ {_amount(amount)} CNY"
        yield f"`{role}`", share, most, f"{CAP} %"


def _amount(value: Decimal) -> str:
    return f"{value:,.2f}"


def _hours(name: str) -> object:
    return cast("models.Field[Any, Any]", RefundPolicy._meta.get_field(name)).default
