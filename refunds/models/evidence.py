"""What buyer, store or platform showed."""

import secrets
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from backoffice.audit.models import Audited
from refunds.models.cases import RefundCase


def evidence_name(instance: Any, filename: str) -> str:
    """A random name outside the web root; the given name is only shown."""
    return f"evidence/{secrets.token_hex(16)}"


class Evidence(Audited):
    """A file that proves something about a case; served to those who may see the case only."""

    store_lookup = "case__store"

    class Party(models.TextChoices):
        BUYER = "buyer", _("buyer")
        STORE = "store", _("store")
        PLATFORM = "platform", _("platform")

    case = models.ForeignKey(
        RefundCase, models.PROTECT, related_name="evidence", verbose_name=_("refund case")
    )
    party = models.CharField(_("from"), max_length=10, choices=Party.choices)
    file = models.FileField(_("file"), upload_to=evidence_name)
    file_name = models.CharField(_("file name"), max_length=200)
    content_type = models.CharField(_("type"), max_length=40)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    note = models.CharField(_("note"), max_length=300, blank=True)
    added_at = models.DateTimeField(_("added at"), auto_now_add=True)

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        ordering = ("pk",)
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint("case", "sha256", name="evidence_once_per_case")]

    def __str__(self) -> str:
        return self.file_name
