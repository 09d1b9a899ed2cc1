"""What buyer, store or platform showed."""

import secrets
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from backoffice.audit.models import Audited
from backoffice.privacy.fields import PersonalTextField
from backoffice.privacy.keys import Subject
from refunds.models.cases import RefundCase
from refunds.models.words import Party

SEALED = ".sealed"  # how the names of files end that are ciphertext


def evidence_name(instance: Any, filename: str) -> str:
    """A random name outside the web root; the given name is only shown."""
    return f"evidence/{secrets.token_hex(16)}{SEALED}"


class Evidence(Audited):
    """A file that proves something about a case; served to those who may see the case only."""

    store_lookup = "case__store"
    part_of = "case"

    Party = Party

    case = models.ForeignKey(
        RefundCase, models.PROTECT, related_name="evidence", verbose_name=_("refund case")
    )
    party = models.CharField(_("from"), max_length=10, choices=Party.choices)
    file = models.FileField(_("file"), upload_to=evidence_name)
    file_name = PersonalTextField(_("file name"), max_length=200)
    content_type = models.CharField(_("type"), max_length=40)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    original_sha256 = models.CharField(
        _("SHA-256 as it came"),
        max_length=64,
        blank=True,
        help_text=_("Of the file before its metadata were taken out."),
    )
    size = models.PositiveBigIntegerField(_("size in bytes"), default=0)
    width = models.PositiveIntegerField(_("width in pixels"), null=True, blank=True)
    height = models.PositiveIntegerField(_("height in pixels"), null=True, blank=True)
    preview = models.FileField(_("preview"), upload_to=evidence_name, blank=True)
    note = PersonalTextField(_("note"), max_length=300, blank=True)
    added_at = models.DateTimeField(_("added at"), auto_now_add=True)

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        ordering = ("pk",)
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint("case", "sha256", name="evidence_once_per_case")]

    def __str__(self) -> str:
        return str(self.file_name)

    @property
    def data_subject(self) -> Subject:
        """The buyer whose case it is."""
        return self.case.data_subject
