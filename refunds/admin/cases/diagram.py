"""The state machine as a picture, drawn from the code: on the case page and in the docs."""

from dataclasses import dataclass
from functools import cache

from django_fsm import FSMField

from refunds.models import RefundCase, State

# Where each state stands: the spine in the middle row, what leaves it above and below.
PLACES = {
    State.REQUESTED: (0, 1),
    State.AWAITING_RETURN: (1, 2),
    State.INSPECTING: (2, 2),
    State.REVIEWED: (3, 1),
    State.REFUNDED: (4, 0.5),
    State.COMPENSATED: (4, 1.5),
    State.REJECTED: (1.5, 0),
    State.DISPUTED: (3, 0),
    State.WITHDRAWN: (0, 2),
}
COLUMN, ROW, WIDTH, HEIGHT = 138, 70, 108, 34


@dataclass(frozen=True)
class Box:
    """One state on the picture."""

    name: str
    label: str
    x: float
    y: float
    current: bool


@dataclass(frozen=True)
class Arrow:
    """One transition on the picture, as an SVG path."""

    source: str
    target: str
    name: str
    path: str


def transitions() -> list[tuple[str, str, str]]:
    """Every (source, transition, target) of the case's machine, as the code has them."""
    field: FSMField = RefundCase._meta.get_field("state")
    found = {(str(t.source), t.name, str(t.target)) for t in field.get_all_transitions(RefundCase)}
    return sorted(found)


@cache
def arrows() -> list[Arrow]:
    """The arrows between the boxes."""
    return [
        Arrow(source, target, name, _path(source, target)) for source, name, target in transitions()
    ]


def diagram(current: str) -> dict[str, object]:
    """Boxes, arrows and size of the picture, the ``current`` state marked."""
    boxes = [
        Box(state.value, str(state.label), x * COLUMN + 4, y * ROW + 8, state == current)
        for state, (x, y) in PLACES.items()
    ]
    return {
        "boxes": boxes,
        "arrows": arrows(),
        "width": 4 * COLUMN + WIDTH + 8,
        "middle": WIDTH / 2,
        "height": 2 * ROW + HEIGHT + 16,
        "box_width": WIDTH,
        "box_height": HEIGHT,
    }


def _path(source: str, target: str) -> str:
    (x1, y1), (x2, y2) = _centre(source), _centre(target)
    if abs(x1 - x2) < WIDTH:
        down = 1 if y2 > y1 else -1
        shift = -18 if down > 0 else 18
        return (
            f"M{x1 + shift} {y1 + down * HEIGHT / 2} L{x2 + shift} {y2 - down * (HEIGHT / 2 + 5)}"
        )
    right = 1 if x2 > x1 else -1
    lift = 0 if y1 != y2 else -6 * right
    start, end = x1 + right * WIDTH / 2, x2 - right * (WIDTH / 2 + 5)
    middle = (start + end) / 2
    return f"M{start} {y1 + lift} C{middle} {y1 + lift} {middle} {y2 + lift} {end} {y2 + lift}"


def _centre(state: str) -> tuple[float, float]:
    x, y = PLACES[State(state)]
    return x * COLUMN + 4 + WIDTH / 2, y * ROW + 8 + HEIGHT / 2
