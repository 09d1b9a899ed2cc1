"""The home page: panels that each app registers, shown to those who may see them.

An app says in ``AppConfig.ready()``: ``register_panel(due, permission="refunds.view_refundcase")``,
and ``due(request)`` gives a ``Panel`` of its own template, or one of the ready-made ones::

    return figures_panel(_("Today"), [Figure(_("Due today"), 12, href=url, tone="warning")])
    return list_panel(_("Due next"), [Row(case.number, url, due=case.due_at, state=case.state)])
    return chart_panel(_("Cases by day"), [Bar(day, count) for …], columns=True)
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from backoffice import clock
from backoffice.access import grants
from backoffice.roles import ROLES

Text = str | Promise
DENSE, SHORT = (
    8,
    4,
)  # bars that have room for all labels, and characters that fit below one on a phone


@dataclass(frozen=True)
class Panel:
    """One box of the home page: a template and what it shows."""

    template: str
    context: dict[str, Any] = field(default_factory=dict)
    wide: bool = False


@dataclass(frozen=True)
class Figure:
    """A big number with its label. ``tone`` is “warning”, “danger”, “ok” or empty."""

    label: Text
    value: int | Text
    href: str = ""
    tone: str = ""
    note: Text = ""


@dataclass(frozen=True)
class Row:
    """A line of a list. ``state`` colours the pill, whose word is ``state_label``."""

    title: Text
    href: str = ""
    subtitle: Text = ""
    state: str = ""
    state_label: Text = ""
    due: datetime | None = None
    amount: Text = ""


@dataclass(frozen=True)
class Bar:
    """A bar of a chart. ``shown`` is the value as a person reads it, such as “¥1,200.00”."""

    label: Text
    value: int | Decimal
    href: str = ""
    shown: Text = ""


@dataclass(frozen=True)
class DrawnBar(Bar):
    """A bar with its length, in hundredths of the longest."""

    share: int = 0

    @property
    def rest(self) -> int:
        """What is left above the bar, where bars stand upright."""
        return 100 - self.share


def figures_panel(title: Text, figures: Iterable[Figure], *, wide: bool = False) -> Panel:
    """Big numbers side by side."""
    context = {"title": title, "figures": list(figures)}
    return Panel("backoffice/panels/figures.html", context, wide)


def list_panel(
    title: Text,
    rows: Iterable[Row],
    *,
    empty: Text = "",
    more_href: str = "",
    more_label: Text = "",
    wide: bool = False,
) -> Panel:
    """A short list, with a link to the whole of it; ``empty`` is said when there is nothing."""
    context = {
        "title": title,
        "rows": list(rows),
        "empty": empty,
        "more_href": more_href,
        "more_label": more_label,
    }
    return Panel("backoffice/panels/list.html", context, wide)


def chart_panel(
    title: Text, bars: Iterable[Bar], *, columns: bool = False, empty: Text = "", wide: bool = False
) -> Panel:
    """Bars: lying under each other (states), or standing side by side (days) with ``columns``."""
    drawn = draw(list(bars))
    dense = len(drawn) > DENSE
    long = dense and any(len(str(bar.shown)) > SHORT for bar in drawn)
    context = {"title": title, "bars": drawn, "empty": empty, "dense": dense, "long": long}
    name = "columns" if columns else "chart"
    return Panel(f"backoffice/panels/{name}.html", context, wide)


def draw(bars: list[Bar]) -> list[DrawnBar]:
    """The bars with their lengths; whatever is not nothing stays visible."""
    longest = max((bar.value for bar in bars), default=0)
    return [
        DrawnBar(
            bar.label,
            bar.value,
            bar.href,
            bar.shown or str(bar.value),
            share=max(2, round(bar.value * 100 / longest)) if longest and bar.value > 0 else 0,
        )
        for bar in bars
    ]


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


def render_panels(request: HttpRequest) -> list[tuple[SafeString, bool]]:
    """The panels as they look, and whether each is wide; one with nothing to say is left out."""
    rendered = (
        (render_to_string(panel.template, panel.context, request=request), panel.wide)
        for panel in home_panels(request)
    )
    return without_gaps([(html, wide) for html, wide in rendered if html.strip()])


def without_gaps(panels: list[tuple[SafeString, bool]]) -> list[tuple[SafeString, bool]]:
    """A narrow panel by itself between wide ones is wide: nothing would stand beside it."""
    around = [True, *(wide for _html, wide in panels), True]
    return [(html, wide or (around[n] and around[n + 2])) for n, (html, wide) in enumerate(panels)]


def greeting(request: HttpRequest) -> str:
    """A good morning, afternoon or evening, by name."""
    name = str(request.user)
    hour = timezone.localtime(clock.now()).hour
    if hour < 12:
        return gettext("Good morning, %(name)s") % {"name": name}
    if hour < 18:
        return gettext("Good afternoon, %(name)s") % {"name": name}
    return gettext("Good evening, %(name)s") % {"name": name}


def role_labels(request: HttpRequest) -> list[str]:
    """What the person is here, each role once."""
    return list(dict.fromkeys(str(ROLES[grant.role].label) for grant in grants(request.user)))
