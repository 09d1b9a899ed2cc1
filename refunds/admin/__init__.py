"""Pages of this app in the admin."""

from refunds.admin import (
    batches,
    canned,
    cases,
    complaints,
    gateways,
    instant_rules,
    ledger,
    limits,
    notices,
    payouts,
    policies,
    requests,
    results,
    setup,
    watched,
    whatif,
)

__all__ = [
    "batches",
    "canned",
    "cases",
    "complaints",
    "gateways",
    "instant_rules",
    "ledger",
    "limits",
    "notices",
    "payouts",
    "policies",
    "requests",
    "results",
    "setup",
    "watched",
    "whatif",
]
