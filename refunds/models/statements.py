"""What a bank or a provider booked on an account: reports that were brought, and their lines."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.access import Scoped
from backoffice.bulk.models import FileRun, Problem
from merchants.models import Store


class StatementImport(FileRun):
    """One report of what was booked on a store's account, for as many days as it tells of."""

    store_lookup = "store"

    store = models.ForeignKey(Store, models.PROTECT, related_name="+", verbose_name=_("store"))
    account = models.CharField(_("account"), max_length=60, blank=True)
    day_from = models.DateField(_("from"), null=True, blank=True)
    day_until = models.DateField(_("until"), null=True, blank=True)

    class Meta(FileRun.Meta):
        abstract = False
        verbose_name = _("statement")
        verbose_name_plural = _("statements")
        permissions = [("load_statement", _("Can load statements"))]
        constraints = [
            models.UniqueConstraint(
                "store",
                "account",
                "sha256",
                condition=Q(state="applied"),
                name="statement_applied_once",
            ),
            models.CheckConstraint(
                name="statement_days_in_order",
                condition=Q(day_from=None, day_until=None) | Q(day_from__lte=models.F("day_until")),
            ),
        ]


class StatementProblem(Problem):
    """What a statement was refused for."""

    run = models.ForeignKey(StatementImport, models.CASCADE, related_name="problems")


class BankLine(Scoped):
    """One booking of a statement, written once: the same booking in a later statement is no second.

    ``day`` is the day that it counts on: that of ``booked_on``, or, where that was closed before the
    line came, the next one that is open. Bookings without a reference of the bank's are told apart by
    ``repeat``, their place among equal ones of the same file.
    """

    store_lookup = "store"

    class Direction(models.TextChoices):
        OUT = "out", pgettext_lazy("bank line", "Out")
        IN = "in", pgettext_lazy("bank line", "In")

    run = models.ForeignKey(
        StatementImport, models.PROTECT, related_name="lines", verbose_name=_("statement")
    )
    day = models.ForeignKey(
        "refunds.ReconciliationDay", models.PROTECT, related_name="lines", verbose_name=_("day")
    )
    store = models.ForeignKey(Store, models.PROTECT, related_name="+", verbose_name=_("store"))
    account = models.CharField(_("account"), max_length=60, blank=True)
    row = models.PositiveIntegerField(_("row"))
    number = models.CharField(_("number"), max_length=40, blank=True)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    booked_on = models.DateField(_("booked on"))
    direction = models.CharField(_("direction"), max_length=3, choices=Direction.choices)
    returned = models.BooleanField(_("returned"), default=False)
    bank_reference = models.CharField(_("bank's reference"), max_length=140, blank=True)
    reason = models.CharField(_("bank's reason"), max_length=300, blank=True)
    repeat = models.PositiveIntegerField(_("repeat"), default=0)

    class Meta:
        verbose_name = _("bank line")
        verbose_name_plural = _("bank lines")
        ordering = ("pk",)
        default_permissions = ()
        indexes = [models.Index(fields=["number", "direction"], name="bank_line_of_payout")]
        constraints = [
            models.UniqueConstraint(
                "store",
                "account",
                "currency",
                "booked_on",
                "direction",
                "number",
                "amount",
                "bank_reference",
                "repeat",
                name="bank_line_once",
            ),
            models.CheckConstraint(name="bank_line_not_negative", condition=Q(amount__gte=0)),
        ]

    def __str__(self) -> str:
        return self.number or self.bank_reference
