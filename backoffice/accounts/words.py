"""How accounts and roles read in a timeline: what their acts are called, what a mark and a person mean."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backoffice.audit.models import version_model
from backoffice.models import User
from backoffice.privacy.sealed import MASK
from backoffice.stepup import REMOVE_CODES, SET_UP_CODES

SET_PASSWORD, RENEW_PASSWORD = "set_password", "renew_password"
LABELS: dict[str, str | Promise] = {
    SET_PASSWORD: _("Password set"),
    RENEW_PASSWORD: _("Password kept by a newer method"),
    SET_UP_CODES: _("One-time codes set up"),
    REMOVE_CODES: _("One-time codes removed"),
}


def tell_mark(_version: Any) -> str:
    """That there is something; what, nobody reads."""
    return MASK


def tell_person(version: Any) -> str:
    """Which account of the same person there was already; of a person's first account, none."""
    earlier = version_model(User).objects.filter(
        person=version.person, history_id__lt=version.history_id
    )
    other = earlier.exclude(id=version.id).order_by("-history_id").first()
    return f"{other.first_name} {other.last_name}".strip() or other.username if other else "–"
