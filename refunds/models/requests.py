"""The files of new refund requests that were brought."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice.bulk.models import FileRun, Problem
from merchants.models import Store


class RequestImport(FileRun):
    """One file of new refund requests, for one store: applied once."""

    store_lookup = "store"

    store = models.ForeignKey(Store, models.PROTECT, related_name="+", verbose_name=_("store"))
    rules_tried_at = models.DateTimeField(
        _("instant rules tried at"),
        null=True,
        blank=True,
        help_text=_("When the rules had been tried on every case that the file opened."),
    )

    class Meta(FileRun.Meta):
        abstract = False
        verbose_name = _("request import")
        verbose_name_plural = _("request imports")
        permissions = [("import_requests", _("Can import refund requests"))]
        constraints = [
            models.UniqueConstraint(
                "store",
                "sha256",
                condition=Q(state="applied"),
                name="request_file_applied_once_per_store",
            ),
        ]


class RequestProblem(Problem):
    """A row of a file of requests that could not be used."""

    run = models.ForeignKey(RequestImport, models.CASCADE, related_name="problems")
