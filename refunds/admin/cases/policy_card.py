"""The policy's card on the case page: which version the case froze, and what it is about."""

from typing import Any

from django.http import HttpRequest

from refunds.models import RefundCase
from refunds.policies.scopes import describe


def policy_facts(request: HttpRequest, case: RefundCase) -> dict[str, Any]:
    """The scope in words; the rest stands on the case's policy."""
    policy = case.policy
    return {
        "policy_scope": describe(policy, case.store if policy.store_id else None, policy.reason)
    }
