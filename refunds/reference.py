"""The reference pages that are drawn from the code: roles, actions, codes, columns of order files."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any, cast

from django.db import models
from django.utils import translation
from django_fsm import FSMField

from backoffice.roles import ROLES
from merchants.role_table import role_table
from orders.loading.fields import FIELDS
from orders.profiles import CHINESE, ENGLISH, ONLINE_RETAIL
from refunds.actions import TABLE, Action, always
from refunds.defaults import CEILING, LIMITS, POLICIES, REASONS, REJECT_CODES
from refunds.defaults.limits import CAP
from refunds.models import RefundCase, RefundPolicy

DRAWN = "Drawn from the code by `manage.py reference_pages`; a test keeps this page true."


def pages() -> dict[str, str]:
    """Every page by its file name, in English."""
    with translation.override("en"):
        return {name: draw() for name, draw in PAGES.items()}


def _page(title: str, *parts: str) -> str:
    return "\n\n".join([f"# {title}", DRAWN, *parts]) + "\n"


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def roles() -> str:
    """Who holds which permission."""
    drawn = role_table()
    heads = [f"{role['label']} `{name}`" for name, role in zip(ROLES, drawn["roles"], strict=True)]
    where = [str(role["where"]) for role in drawn["roles"]]
    parts = [
        "A role is given as a membership: in one store, or in all stores of a merchant; the two "
        "platform roles are held everywhere. What is not ticked is refused, also to a forged request. "
        "The same table is in the product, under Memberships → What each role may do.",
        _table(["", *heads], [["Held", *where]]),
    ]
    for group in drawn["groups"]:
        rows = [
            [row["label"], *("✓" if held else "" for held in row["held"])] for row in group["rows"]
        ]
        parts.append(f"## {group['label']}\n\n" + _table(["Permission", *ROLES], rows))
    return _page("Roles", *parts)


def actions() -> str:
    """What can be done to a case, from where, by whom."""
    hand, alone = ([a for a in TABLE if a.by_hand is by_hand] for by_hand in (True, False))
    return _page(
        "Actions",
        "The one table of what can be done to a case (`refunds/actions/`). It drives the buttons, the "
        "dialogs, bulk approval, the timer and the processing: what it hides cannot be run.",
        "## By people",
        _table(
            ["Button", "Action", "From", "To", "Only when", "Roles", "Asks for", "What it means"],
            [_action(action, _roles(action)) for action in hand],
        ),
        "## By the product itself",
        _table(
            [
                "In the timeline",
                "Action",
                "From",
                "To",
                "Only when",
                "By",
                "Asks for",
                "What it means",
            ],
            [_action(action, ", ".join(sorted(action.systems))) for action in alone],
        ),
        "`timer` and `importer` are system users. On the pages it is the person who confirms the bank's file who "
        f"acts, and needs the right to import results ({_roles(alone[-1])}).",
    )


def _action(action: Action, who: str) -> list[str]:
    moves = _moves(action)
    sources = sorted(
        {source for source, _target in moves} | set(map(str, action.states)), key=_place
    )
    targets = sorted({target for _source, target in moves}, key=_place) or ["stays"]
    fields = action.form.field_order or action.form.base_fields
    asked = [name for name in fields if name != "version"] if action.by_hand else []
    return [
        str(action.label),
        f"`{action.name}`",
        ", ".join(sources),
        ", ".join(targets),
        _condition(action),
        who,
        ", ".join(asked) or "–",
        str(action.help),
    ]


def _condition(action: Action) -> str:
    """The condition's own words: “Whether the buyer may still escalate.” without its ends."""
    words = (action.condition.__doc__ or "").strip().removeprefix("Whether ").rstrip(".")
    return "–" if action.condition is always else words.replace("``", "`")


def _field() -> FSMField:
    field: FSMField = RefundCase._meta.get_field("state")
    return field


def _place(state: str) -> int:
    return (
        [value for value, _label in _field().flatchoices].index(state) if state != "stays" else -1
    )


def _moves(action: Action) -> set[tuple[str, str]]:
    found = _field().get_all_transitions(RefundCase)
    return {(str(t.source), str(t.target)) for t in found if t.name in action.transitions}


def _roles(action: Action) -> str:
    return ", ".join(name for name, role in ROLES.items() if action.permission in role.permissions)


def codes() -> str:
    """The shipped reasons, reject codes and policies."""
    reasons = [
        (
            f"`{row.code}`",
            row.title,
            row.title_zh,
            row.liable,
            ", ".join(row.kinds) or "all",
            row.evidence or "–",
            row.freight_payer.value,
            "yes" if row.counts_in_score else "no",
        )
        for row in REASONS
    ]
    rejects = [
        (
            f"`{code}`",
            title,
            title_zh,
            "yes" if evidence else "no",
            "manager" if supervisor else "staff, manager",
        )
        for code, title, title_zh, evidence, supervisor in REJECT_CODES
    ]
    said = dict(RefundPolicy.AtDeadline.choices)
    policies = [
        (
            kind.label,
            stage.label,
            f"{terms.values['review_hours']} h",
            str(said[terms.values["at_deadline"]]),
            ", ".join(sorted(f"{p.cause} ≤ {p.hours} h" for p in terms.pauses)) or "–",
            ", ".join(terms.values["reject_codes"]) or "all",
            terms.values["cost_bearer"],
        )
        for (kind, stage), terms in POLICIES.items()
    ]
    times = ("ship_back_hours", "inspect_hours", "escalate_hours")
    return _page(
        "Reasons, reject codes, policies",
        "What the product ships with. All of it is data: see [how to change a policy](../how-to/policies.md).",
        "## Reasons",
        _table(
            [
                "Code",
                "Reason",
                "中文",
                "Liable",
                "Kinds",
                "Evidence asked for",
                "Pays the return freight",
                "Counts in the score",
            ],
            reasons,
        ),
        "`O01` needs a text that explains it.",
        "## Reject codes",
        _table(["Code", "Reason", "中文", "Needs evidence on the case", "Who may use it"], rejects),
        "## Policies",
        _table(
            [
                "Kind",
                "Stage when requested",
                "Time to review",
                "At the deadline",
                "Pauses",
                "Reject codes",
                "Who bears it",
            ],
            policies,
        ),
        f"Common to all of them: above {_amount(CEILING)} (in the order's currency) the timer hands the case to a person; "
        + "; ".join(f"{_hours(name)} h {words}" for name, words in zip(times, WORDS, strict=True))
        + ".",
        "## Compensation limits",
        "How much a role may approve alone; both have to hold. See [how to give a compensation]"
        "(../how-to/compensate.md).",
        _table(["Role", "Percent of the goods", "Amount", "Cap for the whole order"], _limits()),
    )


def _limits() -> list[tuple[str, str, str, str]]:
    return [
        (
            f"`{role}`",
            "any" if percent is None else f"≤ {percent} %",
            "any" if amount is None else f"≤ {_amount(amount)} CNY",
            f"{CAP} %",
        )
        for role, percent, amount in LIMITS
    ]


WORDS = (
    "for the buyer to ship back",
    "for the merchant to inspect",
    "for the buyer to escalate a rejection",
)


def _amount(value: Decimal) -> str:
    return f"{value:,.2f}"


def _hours(name: str) -> object:
    return cast("models.Field[Any, Any]", RefundPolicy._meta.get_field(name)).default


def columns() -> str:
    """Our fields of an order file, and what the shipped profiles call them."""
    profiles = (ENGLISH, CHINESE, ONLINE_RETAIL)
    rows = [
        (
            f"`{name}`",
            "yes" if field.required else "",
            field.length or "",
            *(p.get(name, "") for p in profiles),
        )
        for name, field in FIELDS.items()
    ]
    return _page(
        "Columns of an order file",
        "A profile maps our fields to the columns of a channel's file. See [file formats](files.md) for how cells "
        "are written.",
        _table(
            ["Field", "Needed", "Longest text", "`generic`", "`generic-zh`", "`online-retail`"],
            rows,
        ),
    )


PAGES: dict[str, Callable[[], str]] = {
    "roles.md": roles,
    "actions.md": actions,
    "codes.md": codes,
    "order-columns.md": columns,
}
