"""Signatures under sealed batches."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.audit.models import Audited
from refunds.models.batches import RefundBatch


class BatchApproval(Audited):
    """One person's word that a batch is right: exactly as its hash says, until something changes.

    ``person`` is the same for every account of one human being. A batch has at most a first and a
    second signature that hold, of two people, neither of whom built it.
    """

    store_lookup = "batch__store"
    part_of = "batch"

    class Proof(models.TextChoices):
        PASSWORD = "password", pgettext_lazy("proof", "Password")
        CODE = "code", pgettext_lazy("proof", "One-time code")

    batch = models.ForeignKey(
        RefundBatch, models.PROTECT, related_name="approvals", verbose_name=_("refund batch")
    )
    order = models.PositiveSmallIntegerField(_("signature"))
    checker = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("signed by")
    )
    person = models.UUIDField(_("person"))
    maker_person = models.UUIDField(_("the maker's person"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    proof = models.CharField(_("proved by"), max_length=10, choices=Proof.choices)
    at = models.DateTimeField(_("signed at"))
    voided_at = models.DateTimeField(_("void since"), null=True, blank=True)
    void_reason = models.CharField(_("void because"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("signature")
        verbose_name_plural = _("signatures")
        ordering = ("batch", "pk")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                "batch", "order", condition=Q(voided_at=None), name="batch_signed_once_per_place"
            ),
            models.UniqueConstraint(
                "batch", "person", condition=Q(voided_at=None), name="batch_signed_by_two_people"
            ),
            models.CheckConstraint(
                name="batch_not_signed_by_its_maker", condition=~Q(person=F("maker_person"))
            ),
            models.CheckConstraint(
                name="batch_has_two_signatures_at_most", condition=Q(order__in=(1, 2))
            ),
            models.CheckConstraint(name="batch_signed_for_a_hash", condition=~Q(sha256="")),
            models.CheckConstraint(
                name="batch_signature_void_with_reason",
                condition=Q(voided_at=None, void_reason="")
                | Q(voided_at__isnull=False) & ~Q(void_reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.batch} · {self.order}"
