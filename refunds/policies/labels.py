"""What changes of policies are called in a timeline."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

LABELS: dict[str, str | Promise] = {
    "policy.version": _("New version of the policy"),
    "policy.end": _("Policy ended"),
}


def action_label(action: str) -> str | Promise | None:
    """The label of one of these actions."""
    return LABELS.get(action)
