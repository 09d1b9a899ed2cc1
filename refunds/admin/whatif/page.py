"""A replay's page: the draft beside what is in force, in figures, charts and a table of weeks."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from backoffice import clock, money
from backoffice.admin.home import Bar, DrawnBar, draw
from refunds.admin.whatif.form import label_of
from refunds.models import PolicyReplay
from refunds.whatif.draft import OFF, describe, in_force
from refunds.whatif.draft import changed as changed_row
from refunds.whatif.past import BY_NOBODY, BY_PERSON, BY_RULE, BY_TIMER, WAYS

LABELS: dict[str, str | Promise] = {
    BY_RULE: pgettext_lazy("what if", "At once, by a rule"),
    BY_TIMER: pgettext_lazy("what if", "By the timer"),
    BY_PERSON: pgettext_lazy("what if", "By people"),
    BY_NOBODY: pgettext_lazy("what if", "Withdrawn or open"),
}


def results(replay: PolicyReplay, other: PolicyReplay | None = None) -> dict[str, Any]:
    """What the page shows of finished replays; ``other`` is one to compare with."""
    figures, currency = replay.figures, replay.figures["currency"]
    columns = [(_("Current policy"), figures["now"]), (str(replay), figures["draft"])]
    if other is not None:
        columns.append((str(other), other.figures["draft"]))
    return {
        "columns": [title for title, _tally in columns],
        "rows": [_way_row(way, [tally for _t, tally in columns], currency) for way in WAYS],
        "more": _more_rows([tally for _t, tally in columns]),
        "charts": _charts(columns),
        "weeks": _weeks(figures, currency),
        "week_charts": _week_charts(columns),
        "differences": figures["differences"],
        "examples": [
            {**example, "now": LABELS[example["now"]], "draft": LABELS[example["draft"]]}
            for example in figures["examples"]
        ],
        "usual": _usual(figures),
    }


def changes_of(replay: PolicyReplay) -> list[tuple[str, str, str, str]]:
    """What the draft changes: about what, which field, from what, to what."""
    store = changed_row(replay.store, replay.draft["base"])
    now = in_force(store, replay.made_at)
    return [
        (label_of(row), _name(row, name), show(row, name, old), show(row, name, new))
        for row, name, old, new in describe(now, replay.draft["changes"])
    ]


def _name(row: Any, name: str) -> str:
    return _("left out") if name == OFF else str(row._meta.get_field(name).verbose_name)


def show(row: Any, name: str, value: Any) -> str:
    """A value of a draft as a person reads it."""
    choices = dict(row._meta.get_field(name).flatchoices) if name != OFF else {}
    if value in choices:
        return str(choices[value])
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return f"{value:,.2f}" if isinstance(value, Decimal) else str(value)


def _way_row(way: str, tallies: list[dict[str, Any]], currency: str) -> dict[str, Any]:
    sums = [tally["ways"][way] for tally in tallies]
    return {
        "label": LABELS[way],
        "cells": [(s["cases"], money.show(Decimal(s["money"]), currency)) for s in sums],
        "change": sums[1]["cases"] - sums[0]["cases"],
    }


def _more_rows(tallies: list[dict[str, Any]]) -> list[tuple[str, list[str]]]:
    return [
        (_("Mean handling time"), [_span(tally["mean_seconds"]) for tally in tallies]),
        (_("Cases that a daily cap stopped"), [str(tally["capped"]) for tally in tallies]),
    ]


def _span(seconds: int | None) -> str:
    return "–" if seconds is None else clock.spell(timedelta(seconds=seconds))


def _charts(columns: list[tuple[str, dict[str, Any]]]) -> list[tuple[str, list[DrawnBar]]]:
    """A chart per column, all on one scale."""
    bars = [
        Bar(LABELS[way], tally["ways"][way]["cases"]) for _title, tally in columns for way in WAYS
    ]
    drawn = draw(bars)
    size = len(WAYS)
    return [(title, drawn[n * size : (n + 1) * size]) for n, (title, _tally) in enumerate(columns)]


def _week_charts(columns: list[tuple[str, dict[str, Any]]]) -> list[tuple[str, list[DrawnBar]]]:
    """Per week, the cases that nobody had to look at; all charts on one scale, over the same weeks."""
    weeks = sorted({week for _title, tally in columns for week in tally["weeks"]})
    drawn = draw(
        [Bar(week[5:], _by_itself(tally, week)) for _t, tally in columns for week in weeks]
    )
    size = len(weeks)
    return [(title, drawn[n * size : (n + 1) * size]) for n, (title, _t) in enumerate(columns)]


def _by_itself(tally: dict[str, Any], week: str) -> int:
    ways = tally["weeks"].get(week, {})
    return sum(ways[way]["cases"] for way in (BY_RULE, BY_TIMER)) if ways else 0


def _weeks(figures: dict[str, Any], currency: str) -> list[dict[str, Any]]:
    """A row per week: the cases by way, and the money, under both."""
    now, draft = figures["now"]["weeks"], figures["draft"]["weeks"]
    return [
        {
            "week": week,
            "pairs": [(now[week][w]["cases"], draft[week][w]["cases"]) for w in WAYS],
            "money": (_money(now[week], currency), _money(draft[week], currency)),
        }
        for week in sorted(now)
    ]


def _money(ways: dict[str, Any], currency: str) -> str:
    return money.show(sum((Decimal(s["money"]) for s in ways.values()), money.ZERO), currency)


def _usual(figures: dict[str, Any]) -> str:
    return _span(figures["usual_seconds"].get(""))
