"""What the ledger's watch found broken: told until it holds again."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from backoffice.access import Scoped
from merchants.models import Store


class LedgerAlarm(Scoped):
    """One invariant of money that does not hold. One without a store is everybody's who reads books."""

    store_lookup = "store"
    common_without_store = True

    class Kind(models.TextChoices):
        """What does not hold; ``%(about)s`` is filled in from the row."""

        GUARD = "guard", _("The database has lost its guard %(about)s. Run the migrations again.")
        ENTRIES = "entries", _("Payout %(about)s: its state and its movements do not agree.")
        AMOUNT = "amount", _("Payout %(about)s: a movement is not for its amount.")
        CURRENCY = "currency", _("Movement %(about)s mixes currencies.")
        CLEARING = "clearing", _("What is on its way differs from what the payouts say: %(about)s.")
        BUYERS = "buyers", _("What buyers have differs from what the payouts say: %(about)s.")
        REFUNDED = "refunded", _("Case %(about)s is refunded without a settled payout.")
        WAITING = "waiting", _("Case %(about)s is not refunded, and its payout has settled.")

    store = models.ForeignKey(
        Store, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("store")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    about = models.CharField(_("about"), max_length=120)
    found_at = models.DateTimeField(_("found at"))
    gone_at = models.DateTimeField(_("gone at"), null=True, blank=True)

    class Meta:
        verbose_name = _("ledger alarm")
        verbose_name_plural = _("ledger alarms")
        ordering = ("-pk",)
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                "kind",
                "about",
                Coalesce("store", 0),
                condition=Q(gone_at=None),
                name="ledger_alarm_once",
            )
        ]

    def __str__(self) -> str:
        return str(self.get_kind_display()) % {"about": self.about}
