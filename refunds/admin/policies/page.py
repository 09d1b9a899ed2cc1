"""What a policy's page shows: what it says, and the versions of its scope – past, now, to come."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice import clock
from backoffice.audit.timeline import actor_of
from refunds.admin.policies.forms import GROUPS
from refunds.admin.standing import LOOKS, standing
from refunds.models import RefundPolicy, RejectCode
from refunds.policies import Scope, Terms
from refunds.policies.scopes import EMPTY, describe
from refunds.policies.terms import differences, shown

STANDING: dict[str, str | Promise] = {
    "now": gettext_lazy("In force"),
    "planned": gettext_lazy("Planned"),
    "past": gettext_lazy("Past"),
}


def context(request: HttpRequest, policy: RefundPolicy, *, may_write: bool) -> dict[str, Any]:
    """Everything on the page."""
    scope = Scope.of(policy)
    versions = list(scope.versions().prefetch_related("pauses"))
    last = versions[-1]
    return {
        "policy": policy,
        "scope": describe(policy, policy.store, policy.reason),
        "narrow": is_narrow(scope),
        "mark": _mark(policy),
        "groups": list(said(Terms.of(policy))),
        "pauses": list(policy.pauses.all()),
        "versions": list(_versions(versions))[::-1],
        "may_write": may_write,
        "may_end": may_write and is_narrow(scope) and last.valid_until is None,
    }


def is_narrow(scope: Scope) -> bool:
    """Whether the scope names anything beside the kind and the stage."""
    return any(getattr(scope, name) != EMPTY[name] for name in EMPTY if name != "stage")


def said(terms: Terms) -> Iterator[tuple[str | Promise, list[tuple[str, str]]]]:
    """All terms under their headings, as (label, value)."""
    codes = {code.code: str(code) for code in RejectCode.objects.all()}
    for legend, names in GROUPS:
        facts = []
        for name in names:
            field: Any = RefundPolicy._meta.get_field(name)
            value = shown(name, terms.values[name])
            if name == "reject_codes":
                value = "; ".join(codes.get(c, c) for c in terms.values[name]) or _("all")
            facts.append((str(field.verbose_name), value))
        yield legend, facts


def _mark(policy: RefundPolicy) -> dict[str, str | Promise]:
    state = standing(policy, clock.now())
    return {"style": f"is-{LOOKS[state]}", "label": STANDING[state]}


def _versions(versions: list[RefundPolicy]) -> Iterator[dict[str, Any]]:
    """Each version with who made it and why, and what it changed; oldest first."""
    records: dict[int, list[Any]] = {}
    history = RefundPolicy.history.filter(id__in=[policy.pk for policy in versions])
    for record in history.select_related("history_user").order_by("history_id"):
        records.setdefault(record.id, []).append(record)
    before: RefundPolicy | None = None
    for policy in versions:
        made, *later = records[policy.pk]
        yield {
            "policy": policy,
            "mark": _mark(policy),
            "actor": actor_of(made),
            "role": made.actor_role,
            "at": made.history_date,
            "reason": _(made.history_change_reason),
            "changes": list(differences(Terms.of(before), Terms.of(policy))) if before else [],
            "ended": _ended(policy, later),
        }
        before = policy


def _ended(policy: RefundPolicy, later: list[Any]) -> dict[str, Any] | None:
    """Who ended the scope here, where no version follows."""
    ends = [record for record in later if record.action == "policy.end"]
    if not ends or policy.valid_until is None:
        return None
    return {"actor": actor_of(ends[-1]), "reason": ends[-1].history_change_reason}
