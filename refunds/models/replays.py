"""What if another policy had been in force: past cases replayed under a draft."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.access import Scoped
from backoffice.audit.models import Audited
from merchants.models import Store


class PolicyReplay(Audited):
    """One replay: the draft, the period, and the figures that it led to. It changes no case."""

    store_lookup = "store"

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("replay", "Waiting")
        RUNNING = "running", pgettext_lazy("replay", "Running")
        DONE = "done", pgettext_lazy("replay", "Done")
        FAILED = "failed", pgettext_lazy("replay", "Failed")
        CANCELLED = "cancelled", pgettext_lazy("replay", "Cancelled")

    store = models.ForeignKey(Store, models.PROTECT, related_name="+", verbose_name=_("store"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by")
    )
    made_at = models.DateTimeField(_("made at"))
    title = models.CharField(_("title"), max_length=100)
    draft = models.JSONField(_("draft"), help_text=_("What differs from the policies in force."))
    since = models.DateField(_("cases since"))
    until = models.DateField(_("cases until"))
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.WAITING
    )
    seen = models.PositiveIntegerField(_("cases replayed"), default=0)
    total = models.PositiveIntegerField(_("cases in all"), default=0)
    heartbeat_at = models.DateTimeField(_("last sign of life"), null=True, blank=True)
    figures = models.JSONField(_("figures"), default=dict, blank=True)
    failure = models.CharField(_("what went wrong"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("what-if replay")
        verbose_name_plural = _("what-if replays")
        ordering = ("-pk",)
        default_permissions = ("add", "view")
        constraints = [
            models.CheckConstraint(
                name="replay_period_in_order", condition=models.Q(until__gte=models.F("since"))
            ),
        ]

    def __str__(self) -> str:
        return self.title


class ReplayCheckpoint(Scoped):
    """How far a replay has come: what a worker goes on from where the one before was killed.

    It is no record of anything, and goes when the replay ends.
    """

    store_lookup = "replay__store"

    replay = models.OneToOneField(
        PolicyReplay, models.CASCADE, related_name="checkpoint", verbose_name=_("what-if replay")
    )
    last_requested_at = models.DateTimeField(_("last case requested at"))
    last_pk = models.PositiveBigIntegerField(_("last case"))
    seen = models.PositiveIntegerField(_("cases replayed"))
    kept = models.JSONField(_("what was counted, and what still waits"))

    class Meta:
        verbose_name = _("replay's checkpoint")
        verbose_name_plural = _("replays' checkpoints")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.replay}: {self.seen}"
