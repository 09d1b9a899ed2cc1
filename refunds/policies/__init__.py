"""Policies as data: which one is in force, and how one follows another."""

from refunds.policies.choosing import Situation, best, in_force
from refunds.policies.scopes import Scope
from refunds.policies.terms import PauseTerm, Terms
from refunds.policies.versions import end_scope, new_version

__all__ = [
    "PauseTerm",
    "Scope",
    "Situation",
    "Terms",
    "best",
    "end_scope",
    "in_force",
    "new_version",
]
