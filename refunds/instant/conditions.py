"""What a rule asks of a request: the conditions, one by one, with the words that say what is missing."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice import money
from refunds.instant.facts import Facts
from refunds.models import InstantRule, Risk

COMMON_CURRENCY = "CNY"  # of the amounts in rules for every store
RISKS = [Risk.LOW, Risk.MEDIUM, Risk.HIGH]


@dataclass(frozen=True)
class Condition:
    """One condition of a rule: what breaks it, and the words for people."""

    code: str
    broken: Callable[[InstantRule, Facts], bool]
    words: Callable[[InstantRule, Facts], str]


def currency_of(rule: InstantRule, facts: Facts) -> str:
    """What the rule's amount is in: the store's currency, or CNY where it is for every store."""
    return facts.store_currency if rule.store_id else COMMON_CURRENCY


def _more_cases(rule: InstantRule, facts: Facts) -> bool:
    most, had = rule.most_cases, facts.refund_only
    return most is not None and had is not None and had > most


CONDITIONS = [
    Condition(
        "currency",
        lambda rule, facts: (
            rule.most_amount is not None and currency_of(rule, facts) != facts.currency
        ),
        lambda rule, facts: (
            _("its amount is in %(currency)s") % {"currency": currency_of(rule, facts)}
        ),
    ),
    Condition(
        "amount",
        lambda rule, facts: rule.most_amount is not None and facts.amount > rule.most_amount,
        lambda rule, facts: (
            _("%(amount)s is more than %(most)s")
            % {
                "amount": money.show(facts.amount, facts.currency),
                "most": money.show(rule.most_amount, currency_of(rule, facts)),
            }
        ),
    ),
    Condition(
        "photo",
        lambda rule, facts: rule.photo_needed and not facts.photo,
        lambda _rule, _facts: _("no photo"),
    ),
    Condition(
        "buyer",
        lambda rule, facts: rule.most_cases is not None and facts.refund_only is None,
        lambda _rule, _facts: _("the buyer is not known"),
    ),
    Condition(
        "cases",
        _more_cases,
        lambda _rule, facts: (
            ngettext(
                "%(n)d refund-only case of the buyer in 90 days",
                "%(n)d refund-only cases of the buyer in 90 days",
                facts.refund_only or 0,
            )
            % {"n": facts.refund_only or 0}
        ),
    ),
    Condition(
        "risk",
        lambda rule, facts: RISKS.index(Risk(facts.risk)) > RISKS.index(Risk(rule.highest_risk)),
        lambda _rule, facts: _("risk: %(risk)s") % {"risk": Risk(facts.risk).label},
    ),
    Condition(
        "picked",
        lambda rule, facts: rule.not_picked and facts.picked is True,
        lambda _rule, _facts: _("the goods have left the shelf"),
    ),
    Condition(
        "picking",
        lambda rule, facts: rule.not_picked and facts.picked is None,
        lambda _rule, _facts: _("the store does not tell when goods are picked"),
    ),
]
