"""The home page: panels that each app registers, shown to those who may see them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest


@dataclass(frozen=True)
class Panel:
    """One box of the home page: a template and what it shows."""

    template: str
    context: dict[str, Any] = field(default_factory=dict)
    wide: bool = False


PanelSource = Callable[[HttpRequest], Panel | None]
_sources: list[tuple[int, str, PanelSource]] = []


def register_panel(source: PanelSource, *, permission: str, order: int = 50) -> None:
    """Show ``source``'s panel, in ``order``, to those who hold ``permission`` anywhere."""
    _sources.append((order, permission, source))


def home_panels(request: HttpRequest) -> list[Panel]:
    """The panels of this person, in order."""
    panels = (
        source(request)
        for _order, permission, source in sorted(_sources, key=lambda entry: entry[0])
        if request.user.has_perm(permission)
    )
    return [panel for panel in panels if panel]
