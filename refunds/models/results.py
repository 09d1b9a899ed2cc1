"""The bank's result files: the run of each, what does not fit, and its rows until they are applied."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice.bulk.models import FileRun, Problem
from merchants.models import Store
from refunds.models.batches import RefundBatch
from refunds.models.payouts import Payout


class ResultImport(FileRun):
    """One file of the bank's answers about a store's batches: a day of them, or the one that is named."""

    store_lookup = "store"
    part_of = "batch"

    store = models.ForeignKey(Store, models.PROTECT, related_name="+", verbose_name=_("store"))
    batch = models.ForeignKey(
        RefundBatch,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="results",
        verbose_name=_("refund batch"),
        help_text=_("Empty: the file may answer any batches of the store."),
    )
    final = models.BooleanField(
        _("final answer"),
        default=False,
        help_text=_("The bank will send nothing more for these batches."),
    )

    class Meta(FileRun.Meta):
        abstract = False
        verbose_name = _("bank result")
        verbose_name_plural = _("bank results")
        constraints = [
            models.UniqueConstraint(
                "sha256", condition=Q(state="applied"), name="result_file_applied_once"
            ),
        ]


class ResultProblem(Problem):
    """A row of a bank's file that does not fit, and why; row 0 is about the file as a whole."""

    run = models.ForeignKey(ResultImport, models.CASCADE, related_name="problems")


class ResultRow(models.Model):
    """One row of a bank's file, from its check until it is applied or dropped.

    It names its payout by number, whether there is one or not: what it is held against is a join. A
    payout that a final answer leaves out gets a row of its own, of status ``missing``.
    """

    class Status(models.TextChoices):
        SETTLED = "settled", _("Settled")
        FAILED = "failed", _("Failed")
        PENDING = "pending", _("No answer yet")
        MISSING = "missing", _("Not in the file")

    class Way(models.TextChoices):
        """How it is applied."""

        TOGETHER = "together", "with all others"
        ALONE = "alone", "through the one way in"
        NOT = "not", "known before"

    run = models.ForeignKey(
        ResultImport, models.CASCADE, related_name="rows", db_constraint=False, db_index=False
    )
    row = models.PositiveIntegerField(_("row"))
    payout = models.ForeignKey(
        Payout,
        models.DO_NOTHING,
        to_field="number",
        db_column="number",
        null=True,
        related_name="answers",
        db_constraint=False,
        db_index=False,
    )
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    status = models.CharField(_("status"), max_length=7, choices=Status.choices)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    elsewhere = models.BooleanField(
        _("went somewhere else"),
        default=False,
        help_text=_("The bank names another destination than the payout. Which one is not kept."),
    )
    way = models.CharField(max_length=8, choices=Way.choices, default=Way.TOGETHER)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["run", "payout", "row"], name="result_row_of_payout")]
        constraints = [
            models.UniqueConstraint("run", "row", condition=Q(row__gt=0), name="result_row_once")
        ]
