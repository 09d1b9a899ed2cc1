"""Cases at which the timer fails so badly that not even the failure can be written down in them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from backoffice.access import Scoped
from refunds.models.cases import RefundCase


class TimerTrouble(Scoped):
    """One such case – or its complaint –, and when the timer tries again: there until it could go on."""

    store_lookup = "case__store"

    class At(models.TextChoices):
        CASE = "case", _("Refund case")
        COMPLAINT = "complaint", _("Complaint")

    case = models.ForeignKey(
        RefundCase, models.PROTECT, related_name="troubles", verbose_name=_("refund case")
    )
    at = models.CharField(_("at"), max_length=10, choices=At.choices)
    failures = models.PositiveIntegerField(_("failures"), default=0)
    began_at = models.DateTimeField(_("since"))
    next_at = models.DateTimeField(_("tried again at"))

    class Meta:
        verbose_name = _("trouble of the timer")
        verbose_name_plural = _("troubles of the timer")
        ordering = ("pk",)
        default_permissions = ()
        constraints = [models.UniqueConstraint("case", "at", name="timer_trouble_once")]

    def __str__(self) -> str:
        return f"{self.get_at_display()} {self.case}"
