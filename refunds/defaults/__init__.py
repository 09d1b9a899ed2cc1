"""The reasons, reject codes and policies that the product ships with: data that people may change."""

from django.utils.translation import gettext_noop

from backoffice import clock
from backoffice.actors import INSTALLER, system
from backoffice.audit.recording import recorded
from refunds.defaults.limits import LIMITS, install_cut_offs, install_limits, install_money_limits
from refunds.defaults.policies import CEILING, POLICIES, install_policies
from refunds.defaults.reasons import (
    REASONS,
    REJECT_CODES,
    ShippedReason,
    install_reasons,
    install_reject_codes,
)
from refunds.exemptions.seeds import install_grounds

__all__ = [
    "CEILING",
    "LIMITS",
    "POLICIES",
    "REASONS",
    "REJECT_CODES",
    "SHIPPED",
    "ShippedReason",
    "install_defaults",
]

SHIPPED = gettext_noop("Shipped with the product.")


def install_defaults() -> None:
    """Add the shipped rows that are missing; what people changed stays as it is."""
    with recorded(system(INSTALLER), SHIPPED, "install"):
        install_reasons()
        install_reject_codes()
        install_grounds()
        install_limits()
        install_money_limits()
        install_cut_offs()
        install_policies(clock.now())
