"""A rule's figures as people read them: on the case page, and in history."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from backoffice import money
from refunds import risk
from refunds.models import Risk


def rows(figures: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Label, what it was, and the limit – empty where the rule has none."""
    currency = figures.get("currency", "")
    found = [
        (
            _("Amount"),
            _money(figures.get("amount"), currency),
            _most(_money(figures.get("most_amount"), currency)),
        ),
        (_("Photo"), _("yes") if figures.get("photo") else _("no"), ""),
        (
            _("Refund-only cases in 90 days"),
            _number(figures.get("refund_only")),
            _most(_number(figures.get("most_cases"))),
        ),
        (_("Risk"), _risk(figures.get("risk")), _most(_risk(figures.get("highest_risk")))),
    ]
    if figures.get("not_picked"):
        found.append((_("Picking"), _("not picked yet"), ""))
    return found


def line(figures: dict[str, Any]) -> str:
    """All figures in one line, for a timeline."""
    return " · ".join(
        f"{label}: {value} ({limit})" if limit else f"{label}: {value}"
        for label, value, limit in rows(figures)
    )


def tell_rule(version: Any) -> str:
    """A version's figures of the rule, for a timeline."""
    return line(version.rule_figures) if version.rule_figures else "–"


def tell_risk(version: Any) -> str:
    """A version's record of the buyer, for a timeline: the signs that it shows."""
    signs = risk.reasons(risk.thaw(version.risk_figures))
    return " · ".join(words for words, _points in signs) or "–"


def _money(amount: str | None, currency: str) -> str:
    return money.show(Decimal(amount), currency) if amount else "–"


def _number(value: int | None) -> str:
    return "–" if value is None else str(value)


def _risk(value: str | None) -> str:
    return str(Risk(value).label) if value else "–"


def _most(shown: str) -> str:
    return "" if shown == "–" else _("at most %(limit)s") % {"limit": shown}
