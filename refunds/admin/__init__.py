"""Pages of this app in the admin."""

from refunds.admin import (
    canned,
    cases,
    codes,
    compensation_limits,
    complaints,
    exemptions,
    instant_rules,
    money,
    notices,
    policies,
    reconciliation,
    requests,
    watched,
    whatif,
)

__all__ = [
    "canned",
    "cases",
    "codes",
    "compensation_limits",
    "complaints",
    "exemptions",
    "instant_rules",
    "money",
    "notices",
    "policies",
    "reconciliation",
    "requests",
    "watched",
    "whatif",
]
