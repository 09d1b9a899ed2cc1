"""A file that somebody brought: kept, checked in the background, applied as a whole or not at all."""

import secrets
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from backoffice.audit.models import Audited
from backoffice.privacy.keys import Subject
from backoffice.sentences import SentenceField


def stored_name(instance: Any, filename: str) -> str:
    """A random name for the stored file: what the browser calls it is only shown."""
    return f"{instance._meta.model_name}/{secrets.token_hex(16)}"


def key_of_file(name: str) -> Subject:
    """Under whose key a stored file is: each has one of its own."""
    return Subject(f"file {name}", 0)


class FileRun(Audited):
    """One uploaded file on its way through check, preview, confirmation and application.

    The row is the job: whoever finds it ``uploaded`` or ``confirmed`` carries on with it, so a
    killed worker loses nothing. Progress is not a fact; it lives in the cache (``bulk.progress``).
    *Refused* is what cannot be read; *quarantined* is what can, and contradicts what the desk knows: a
    person has to find out why, and dismisses it with a reason.
    """

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("Waiting to be checked")
        CHECKED = "checked", _("Ready to apply")
        CONFIRMED = "confirmed", _("Waiting to be applied")
        APPLIED = "applied", _("Applied")
        REFUSED = "refused", _("Refused")
        QUARANTINED = "quarantined", _("Quarantined")
        CANCELLED = "cancelled", _("Cancelled")

    WAITING = (State.UPLOADED, State.CONFIRMED)

    file = models.FileField(_("file"), upload_to=stored_name)
    file_name = models.CharField(_("file name"), max_length=200)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    size = models.PositiveIntegerField(_("size in bytes"))
    state = models.CharField(
        _("state"), max_length=20, choices=State.choices, default=State.UPLOADED, db_index=True
    )
    message = SentenceField(
        _("message"), blank=True, help_text=_("Why the whole file was refused.")
    )
    counts = models.JSONField(_("counts"), default=dict)
    uploaded_by = models.ForeignKey(
        "backoffice.User", models.PROTECT, related_name="+", verbose_name=_("uploaded by")
    )
    uploaded_at = models.DateTimeField(_("uploaded at"), auto_now_add=True)
    applied_at = models.DateTimeField(_("applied at"), null=True, blank=True)

    class Meta:
        abstract = True
        ordering = ("-pk",)
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.file_name


class Problem(models.Model):
    """A row of a file that could not be used, and why, in a sentence of the reader's language."""

    row = models.PositiveIntegerField(
        _("row"), help_text=_("As the file counts: the header is row 1.")
    )
    field = SentenceField(_("field"), blank=True)
    message = SentenceField(_("message"))

    class Meta:
        abstract = True
        ordering = ("row", "pk")
        default_permissions = ()
