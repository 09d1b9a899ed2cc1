"""What money may leave how: limits that people change, each in force from a day on."""

from datetime import date
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice.audit.models import Audited, AuditedQuerySet


class LimitQuerySet(AuditedQuerySet):
    """Limits, of which the latest that has begun counts."""

    def on(self, day: date) -> "LimitQuerySet":
        """Those that have begun by ``day``, the latest first."""
        return self.filter(starts_on__lte=day).order_by("-starts_on", "-pk")


class DatedLimit(Audited):
    """A limit that counts from a day on, until a newer one does. Past ones stay as they were."""

    shared = True

    starts_on = models.DateField(
        _("in force from"),
        help_text=_("From the beginning of this day, in the server's time zone."),
    )

    objects: ClassVar[Any] = LimitQuerySet.as_manager()

    class Meta:
        abstract = True


class CheckingLimit(DatedLimit):
    """Above which sums a batch needs a second checker. A currency without one always needs two."""

    currency = models.CharField(_("currency"), max_length=3)
    batch_amount = models.DecimalField(
        _("a batch above"), max_digits=14, decimal_places=2, help_text=_("Its control total.")
    )
    line_amount = models.DecimalField(
        _("a payout above"), max_digits=14, decimal_places=2, help_text=_("Any line of the batch.")
    )

    class Meta:
        verbose_name = _("checking limit")
        verbose_name_plural = _("checking limits")
        ordering = ("currency", "-starts_on")
        default_permissions = ("add", "change", "view")
        constraints = [
            models.UniqueConstraint(
                "currency",
                "starts_on",
                name="checking_limit_once_per_day",
                violation_error_message=_("This currency has a limit from this day on already."),
            ),
            models.CheckConstraint(
                name="checking_limit_not_negative",
                condition=Q(batch_amount__gte=0, line_amount__gte=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.currency} · {self.starts_on}"


class RouteLimit(DatedLimit):
    """How long, and how often, money can go back the way that it came."""

    channel = models.CharField(
        _("payment channel"),
        max_length=40,
        blank=True,
        help_text=_("As payments name it. Empty: every channel without a limit of its own."),
    )
    refunds = models.PositiveIntegerField(
        _("refunds per payment"), help_text=_("At most so many parts of one payment.")
    )
    days = models.PositiveIntegerField(
        _("days after the payment"), help_text=_("Older payments are paid back another way.")
    )

    class Meta:
        verbose_name = _("route limit")
        verbose_name_plural = _("route limits")
        ordering = ("channel", "-starts_on")
        default_permissions = ("add", "change", "view")
        constraints = [
            models.UniqueConstraint(
                "channel",
                "starts_on",
                name="route_limit_once_per_day",
                violation_error_message=_("This channel has a limit from this day on already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel or _('every channel')} · {self.starts_on}"
