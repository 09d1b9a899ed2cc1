"""How a channel's order file is read, and the files that were."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from backoffice.audit.models import Audited
from backoffice.bulk.models import FileRun, Problem
from merchants.models import Store


class ImportProfile(Audited):
    """How one channel writes its order files: columns, separator, decimal mark, date order."""

    shared = True

    class Separator(models.TextChoices):
        COMMA = ",", _("comma")
        SEMICOLON = ";", _("semicolon")
        TAB = "\t", _("tab")
        PIPE = "|", _("vertical bar")

    class DecimalMark(models.TextChoices):
        POINT = ".", _("point")
        COMMA = ",", _("comma")

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=200)
    separator = models.CharField(
        _("separator"), max_length=1, choices=Separator.choices, default=Separator.COMMA
    )
    decimal_mark = models.CharField(
        _("decimal mark"), max_length=1, choices=DecimalMark.choices, default=DecimalMark.POINT
    )
    date_format = models.CharField(
        _("date format"),
        max_length=40,
        default="%Y-%m-%d %H:%M:%S",
        help_text=_("As strptime writes it: %d/%m/%Y %H:%M is day first."),
    )
    time_zone = models.CharField(_("time zone"), max_length=60, default="Asia/Shanghai")
    currency = models.CharField(
        _("currency"), max_length=3, blank=True, help_text=_("Empty: the store's currency.")
    )
    columns = models.JSONField(
        _("columns"),
        default=dict,
        help_text=_("From our field to the file's column, for example {“number”: “InvoiceNo”}."),
    )
    cancellation_prefix = models.CharField(
        _("cancellation prefix"),
        max_length=10,
        blank=True,
        help_text=_("Order numbers that begin with it cancel an earlier order."),
    )
    freight_skus = models.JSONField(
        _("freight SKUs"),
        default=list,
        blank=True,
        help_text=_("Lines with these SKUs are freight."),
    )

    class Meta:
        verbose_name = _("import profile")
        verbose_name_plural = _("import profiles")
        ordering = ("code",)
        default_permissions = ("add", "change", "view")

    def __str__(self) -> str:
        return self.name


class OrderImport(FileRun):
    """One order file, for one store, read by one profile."""

    store_lookup = "store"

    store = models.ForeignKey(Store, models.PROTECT, related_name="+", verbose_name=_("store"))
    profile = models.ForeignKey(
        ImportProfile, models.PROTECT, related_name="+", verbose_name=_("import profile")
    )

    class Meta(FileRun.Meta):
        abstract = False
        verbose_name = _("order import")
        verbose_name_plural = _("order imports")


class ImportProblem(Problem):
    """A row of an order file that could not be used."""

    run = models.ForeignKey(OrderImport, models.CASCADE, related_name="problems")
