"""Days on which ledger, bank and payouts are held against each other."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import FSMField, transition

from backoffice.audit.models import Audited
from merchants.models import Store
from refunds.models.by_whom import by, known, person


class ReconciliationDay(Audited):
    """One day of a store's account in one currency, as the store's time zone has it.

    It closes with no difference left, or with each explained by one person and signed by another.
    Closed, it stays as it is: what comes late counts on the next open day.
    """

    store_lookup = "store"

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("reconciliation day", "Open")
        CLOSED = "closed", pgettext_lazy("reconciliation day", "Closed")

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="reconciliation_days", verbose_name=_("store")
    )
    account = models.CharField(_("account"), max_length=60, blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    day = models.DateField(_("day"))
    starts_at = models.DateTimeField(_("begins at"))
    ends_at = models.DateTimeField(_("ends at"))
    state = FSMField(_("state"), default=State.OPEN, choices=State.choices, protected=True)
    reported_at = models.DateTimeField(
        _("last report"), null=True, blank=True, help_text=_("When the latest report of it came.")
    )
    loaded_by = by(_("report loaded by"))
    loaded_person = person()
    figures = models.JSONField(_("figures when closed"), default=dict, blank=True)
    closed_by = by(_("closed by"))
    closed_person = person()
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    reopened_by = by(_("opened again by"))
    reopened_person = person()

    class Meta:
        verbose_name = _("reconciliation day")
        verbose_name_plural = _("reconciliation days")
        ordering = ("-day", "store", "account", "currency")
        default_permissions = ("view",)
        permissions = [
            ("close_reconciliationday", _("Can close days")),
            ("reopen_reconciliationday", _("Can open closed days again")),
        ]
        constraints = [
            models.UniqueConstraint(
                "store", "account", "currency", "day", name="reconciliation_day_once"
            ),
            models.CheckConstraint(
                name="reconciliation_day_has_a_length", condition=Q(ends_at__gt=F("starts_at"))
            ),
            models.CheckConstraint(
                name="reconciliation_day_closed_by_someone",
                condition=~Q(state="closed")
                | Q(closed_by__isnull=False, closed_at__isnull=False, reported_at__isnull=False),
            ),
            models.CheckConstraint(
                name="reconciliation_day_closer_did_not_load_it",
                condition=~Q(state="closed")
                | Q(loaded_person=None)
                | ~Q(closed_person=F("loaded_person")),
            ),
            models.CheckConstraint(
                name="reconciliation_day_reopened_by_another",
                condition=Q(reopened_person=None) | ~Q(reopened_person=F("closed_person")),
            ),
            models.CheckConstraint(
                name="reconciliation_day_people_are_known",
                condition=known("loaded") & known("closed") & known("reopened"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day.isoformat()} · {self.store} · {self.currency}"

    @transition(state, source=State.OPEN, target=State.CLOSED)
    def close(self) -> None:
        """Nothing differs, or all that does is explained and signed."""

    @transition(state, source=State.CLOSED, target=State.OPEN)
    def reopen(self) -> None:
        """A second person has a reason to look at it again."""
