"""Refusals that buyers took to the platform, the verdict, and the merchant's appeal."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice.audit.models import Audited
from backoffice.privacy.fields import PersonalTextField
from backoffice.privacy.keys import Subject
from refunds.models.cases import RefundCase
from refunds.models.words import Bearer


class Dispute(Audited):
    """One dispute about one case: who wins, and who bears it."""

    store_lookup = "case__store"
    part_of = "case"

    class Verdict(models.TextChoices):
        BUYER = "buyer", _("for the buyer")
        MERCHANT = "merchant", _("for the merchant")

    case = models.ForeignKey(
        RefundCase, models.PROTECT, related_name="disputes", verbose_name=_("refund case")
    )
    claim = PersonalTextField(_("the buyer's claim"), max_length=500)
    opened_at = models.DateTimeField(_("opened at"))
    verdict = models.CharField(_("verdict"), max_length=10, choices=Verdict.choices, blank=True)
    grounds = models.CharField(_("grounds"), max_length=500, blank=True)
    liable = models.CharField(_("liable"), max_length=10, choices=Bearer.choices, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    appeal_until = models.DateTimeField(_("appeal until"), null=True, blank=True)
    appeal = models.CharField(_("appeal"), max_length=500, blank=True)
    appealed_at = models.DateTimeField(_("appealed at"), null=True, blank=True)
    appeal_verdict = models.CharField(
        _("verdict on the appeal"), max_length=10, choices=Verdict.choices, blank=True
    )
    appeal_grounds = models.CharField(_("grounds of the appeal"), max_length=500, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        ordering = ("pk",)
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                "case", condition=Q(closed_at=None), name="dispute_one_open_per_case"
            ),
            models.CheckConstraint(
                name="dispute_verdict_is_complete",
                condition=Q(verdict="", decided_at=None)
                | (~Q(verdict="") & ~Q(grounds="") & ~Q(liable="") & Q(decided_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="dispute_appeal_after_verdict",
                condition=Q(appealed_at=None) | Q(decided_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case} · {self.get_verdict_display() or str(self.claim)[:40]}"

    @property
    def data_subject(self) -> Subject:
        """The buyer whose case it is."""
        return self.case.data_subject
