"""Exports: a list that somebody asked for as a file, and what became of it."""

import secrets
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.audit.models import Audited, AuditedQuerySet
from backoffice.sentences import SentenceField


class ExportRunQuerySet(AuditedQuerySet):
    """Exports that know whose they are."""

    def visible_to(self, user: Any) -> Self:
        """A person's own; all of them for those who may see that people export, and what."""
        if user.has_perm("backoffice.view_exportrun"):
            return self
        return self.filter(asked_by=user.pk)


class ExportRun(Audited):
    """One list as a file: asked for, made in the background, taken away by the one who asked.

    The row is the job: whoever finds it waiting carries on with it, so a killed worker loses nothing.
    The file holds what its owner might export when it was made (``stores``), and is handed out only
    while they still may.
    """

    shared = True

    class State(models.TextChoices):
        ASKED = "asked", pgettext_lazy("export", "Waiting")
        RUNNING = "running", pgettext_lazy("export", "Being written")
        READY = "ready", pgettext_lazy("export", "Ready")
        DOWNLOADED = "downloaded", pgettext_lazy("export", "Downloaded")
        REFUSED = "refused", pgettext_lazy("export", "Not made")
        CANCELLED = "cancelled", pgettext_lazy("export", "Cancelled")
        EXPIRED = "expired", pgettext_lazy("export", "Expired")

    class Format(models.TextChoices):
        CSV = "csv", "CSV"
        XLSX = "xlsx", "XLSX"
        PROOF = "zip", pgettext_lazy("export", "with proof (ZIP)")

    WAITING = (State.ASKED, State.RUNNING)
    KEPT = (State.READY, State.DOWNLOADED)

    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked for by")
    )
    asked_at = models.DateTimeField(_("asked for at"))
    list_of = models.CharField(_("list"), max_length=60, help_text=_("Whose rows they are."))
    query = models.TextField(
        _("filters"), blank=True, help_text=_("As the list's address has them.")
    )
    columns = models.JSONField(_("columns"), default=list)
    format = models.CharField(_("format"), max_length=10, choices=Format.choices)
    language = models.CharField(_("language"), max_length=10)
    state = models.CharField(
        _("state"), max_length=20, choices=State.choices, default=State.ASKED, db_index=True
    )
    message = SentenceField(_("message"), blank=True, help_text=_("Why no file was made."))
    stores = models.JSONField(
        _("stores"), null=True, help_text=_("Of which the file may hold rows. Empty: of all.")
    )
    file = models.FileField(_("file"), blank=True)
    file_name = models.CharField(_("file name"), max_length=200)
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True)
    size = models.PositiveBigIntegerField(_("size in bytes"), default=0)
    rows = models.PositiveIntegerField(_("rows"), default=0)
    ready_at = models.DateTimeField(_("ready at"), null=True, blank=True)
    expires_at = models.DateTimeField(_("kept until"), null=True, blank=True)
    downloads = models.PositiveIntegerField(_("downloads"), default=0)

    objects: ClassVar[Any] = ExportRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering = ("-pk",)
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(
                name="export_kept_file_has_its_end",
                condition=~models.Q(state__in=("ready", "downloaded"))
                | models.Q(expires_at__isnull=False) & ~models.Q(file=""),
            ),
        ]

    def __str__(self) -> str:
        return self.file_name


def new_name() -> str:
    """A random name for the stored file: nobody guesses it."""
    return f"exportrun/{secrets.token_hex(16)}"
