"""The page of actions."""

from django_fsm import FSMField

from backoffice.roles import ROLES
from refunds.actions import ACTIONS, TABLE, Action, always
from refunds.models import RefundCase
from refunds.reference.markdown import page, table


def actions() -> str:
    """What can be done to a case, from where, by whom."""
    hand, alone = ([a for a in TABLE if a.by_hand is by_hand] for by_hand in (True, False))
    return page(
        "Actions",
        "The one table of what can be done to a case (`refunds/actions/`). It drives the buttons, the "
        "dialogs, bulk approval, the timer and the processing: what it hides cannot be run.",
        "## By people",
        table(
            ["Button", "Action", "From", "To", "Only when", "Roles", "Asks for", "What it means"],
            [_action(action, _roles(action)) for action in hand],
        ),
        "## By the product itself",
        table(
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
        f"acts, and needs the right to import results ({_roles(ACTIONS['refund'])}).",
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
    words = " ".join((action.condition.__doc__ or "").split())
    words = words.removeprefix("Whether ").rstrip(".")
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
