"""What was erased of whom: asked for by one person, confirmed by another, and kept for good."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.audit.models import Audited
from orders.models.orders import Buyer


class Erasure(Audited):
    """The erasing of one buyer's personal data. What is left of them is the channel's pseudonym."""

    store_lookup = "buyer__store"

    class State(models.TextChoices):
        ASKED = "asked", pgettext_lazy("erasure", "Waits for a second person")
        DONE = "done", pgettext_lazy("erasure", "Erased")
        CALLED_OFF = "called_off", pgettext_lazy("erasure", "Called off")

    buyer = models.ForeignKey(
        Buyer, models.PROTECT, related_name="erasures", verbose_name=_("buyer")
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.ASKED)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked for by")
    )
    asked_at = models.DateTimeField(_("asked for at"))
    reason = models.CharField(
        _("reason"), max_length=300, help_text=_("Who wants it, and how they showed who they are.")
    )
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("confirmed by"),
    )
    erased_at = models.DateTimeField(_("erased at"), null=True, blank=True)
    files = models.PositiveIntegerField(_("files deleted"), default=0)
    uploads = models.PositiveIntegerField(
        _("uploaded files deleted"), default=0, help_text=_("That named the buyer beside others.")
    )
    uploads_at = models.DateTimeField(
        _("uploaded files looked through at"),
        null=True,
        blank=True,
        help_text=_("Empty: not all of them were, or one that names the buyer waits for a person."),
    )

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        ordering = ("-pk",)
        default_permissions = ("view",)
        permissions = [
            ("ask_erasure", _("Can ask for the erasing of a buyer's personal data")),
            ("confirm_erasure", _("Can confirm the erasing of a buyer's personal data")),
        ]
        constraints = [
            models.UniqueConstraint(
                "buyer", condition=Q(state="asked"), name="erasure_one_waits_per_buyer"
            ),
            models.CheckConstraint(
                name="erasure_done_by_two_people",
                condition=~Q(state="done")
                | Q(confirmed_by__isnull=False, erased_at__isnull=False)
                & ~Q(confirmed_by=F("asked_by")),
            ),
            models.CheckConstraint(
                name="erasure_uploads_after_it", condition=Q(uploads_at=None) | Q(state="done")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.buyer.code} · {self.get_state_display()}"
