"""What ``manage.py check --deploy`` says about the master key."""

from typing import Any

from django.conf import settings
from django.core import checks

from backoffice import env
from backoffice.privacy.masters import MISSING


def a_master_key_is_set(app_configs: Any, **_kwargs: Any) -> list[checks.CheckMessage]:
    """A key of one's own, not the one that was made beside the data for trials."""
    if settings.PRIVACY_KEYS and (env.text("PRIVACY_KEY") or env.text("PRIVACY_KEY_FILE")):
        return []
    return [checks.Error(MISSING, id="privacy.E001")]
