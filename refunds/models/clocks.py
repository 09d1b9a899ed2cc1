"""When a case's clock stood still, and what the buyer was offered meanwhile."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.audit.models import Audited
from backoffice.privacy.fields import PersonalTextField
from backoffice.privacy.keys import Subject
from refunds.models.cases import RefundCase
from refunds.models.words import Clock, PauseCause


class Pause(Audited):
    """A stretch in which a case's clock stood still, and why."""

    store_lookup = "case__store"
    part_of = "case"

    case = models.ForeignKey(
        RefundCase, models.PROTECT, related_name="pauses", verbose_name=_("refund case")
    )
    clock = models.CharField(_("clock"), max_length=10, choices=Clock.choices)
    cause = models.CharField(_("cause"), max_length=20, choices=PauseCause.choices)
    started_at = models.DateTimeField(_("started at"))
    until = models.DateTimeField(_("until at most"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("pause")
        verbose_name_plural = _("pauses")
        ordering = ("pk",)
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                "case", condition=Q(ended_at=None), name="pause_one_open_per_case"
            ),
            models.CheckConstraint(
                name="pause_ends_after_it_starts", condition=Q(until__gt=models.F("started_at"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_cause_display()} · {self.case}"


class Offer(Audited):
    """What the store offers the buyer instead of what was requested."""

    store_lookup = "case__store"
    part_of = "case"

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("offer", "Open")
        ACCEPTED = "accepted", pgettext_lazy("offer", "Accepted")
        DECLINED = "declined", pgettext_lazy("offer", "Declined")
        LAPSED = "lapsed", pgettext_lazy("offer", "Lapsed")

    case = models.ForeignKey(
        RefundCase, models.PROTECT, related_name="offers", verbose_name=_("refund case")
    )
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    words = PersonalTextField(_("words to the buyer"), max_length=500)
    made_at = models.DateTimeField(_("made at"))
    answer_by = models.DateTimeField(_("answer by"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        ordering = ("pk",)
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                "case", condition=Q(state="open"), name="offer_one_open_per_case"
            ),
            models.CheckConstraint(name="offer_positive", condition=Q(amount__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.amount} · {self.get_state_display()}"

    @property
    def data_subject(self) -> Subject:
        """The buyer to whom it was offered."""
        return self.case.data_subject
