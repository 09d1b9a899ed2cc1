"""When queued payouts are gathered into batches: data that people change."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice.audit.models import Audited
from merchants.models import Store


class CutOff(Audited):
    """A time of the day, in the store's own zone, at which what is queued goes into batches.

    One without a store is for every store that has none of its own. It gathers on the days on which
    the store's calendar works.
    """

    store_lookup = "store"
    common_without_store = True

    store = models.ForeignKey(
        Store,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="cut_offs",
        verbose_name=_("store"),
        help_text=_("Empty: every store without a cut-off of its own."),
    )
    at = models.TimeField(_("time"), help_text=_("In the store's time zone."))
    seal = models.BooleanField(
        _("seal at once"),
        default=True,
        help_text=_("Off: the batches stay drafts, for finance to change and seal."),
    )
    active = models.BooleanField(_("active"), default=True)
    since = models.DateTimeField(
        _("counts since"), help_text=_("Nothing is made up for before it was set like this.")
    )

    class Meta:
        verbose_name = _("cut-off")
        verbose_name_plural = _("cut-offs")
        ordering = ("store__name", "at")
        default_permissions = ("add", "change", "view")
        constraints = [
            models.UniqueConstraint(
                "store",
                "at",
                condition=Q(store__isnull=False),
                name="cut_off_once_per_time",
                violation_error_message=_("There is a cut-off at this time already."),
            ),
            models.UniqueConstraint(
                "at",
                condition=Q(store=None),
                name="common_cut_off_once_per_time",
                violation_error_message=_("There is a cut-off at this time already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.store or _('every store')} · {self.at:%H:%M}"


class Gathering(models.Model):
    """That a store's queued payouts were gathered at one cut-off: the row makes it once."""

    store = models.ForeignKey(Store, models.PROTECT, related_name="+")
    due_at = models.DateTimeField()
    ran_at = models.DateTimeField()
    payouts = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint("store", "due_at", name="gathered_once_per_cut_off"),
            models.CheckConstraint(
                name="gathered_when_due", condition=Q(ran_at__gte=models.F("due_at"))
            ),
        ]
