"""Gateways: which way a store's money leaves, every attempt to send it, and what providers tell us."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.audit.models import Audited
from merchants.models import Store
from refunds.models.payouts import Payout


class Provider(models.TextChoices):
    """Who pays out for us."""

    SANDBOX = "sandbox", pgettext_lazy("payment provider", "Sandbox")
    STRIPE = "stripe", "Stripe"
    ALIPAY = "alipay", pgettext_lazy("payment provider", "Alipay")
    WECHAT = "wechat", pgettext_lazy("payment provider", "WeChat Pay")


class PayoutGateway(Audited):
    """A store's account at a provider; what has none in use leaves in bank files.

    Provider and account stay as they are, so that what was sent can always be asked about where it
    went; keys are in the environment of the program, never here.
    """

    store_lookup = "store"

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="gateways", verbose_name=_("store")
    )
    provider = models.CharField(_("provider"), max_length=10, choices=Provider.choices)
    account = models.CharField(
        _("account"), max_length=40, help_text=_("As the settings of this program name it.")
    )
    channel = models.CharField(
        _("payment channel"),
        max_length=40,
        blank=True,
        help_text=_(
            "What buyers paid by, as orders write it. Empty: whatever has no gateway of its own."
        ),
    )
    in_use = models.BooleanField(
        _("in use"), default=True, help_text=_("Off: the store's next batches leave as bank files.")
    )
    paused = models.BooleanField(
        _("paused"),
        default=False,
        help_text=_(
            "On: nothing is sent until it is off again. What was sent is still asked about."
        ),
    )
    per_minute = models.PositiveIntegerField(_("payouts a minute, at most"), default=600)

    class Meta:
        verbose_name = _("payout gateway")
        verbose_name_plural = _("payout gateways")
        ordering = ("store__name", "-pk")
        default_permissions = ("add", "change", "view")
        constraints = [
            models.UniqueConstraint(
                "store",
                "channel",
                condition=Q(in_use=True),
                name="payout_gateway_one_in_use",
                violation_error_message=_(
                    "This store has a gateway in use for that channel. Take that one out of use first."
                ),
            ),
            models.CheckConstraint(name="payout_gateway_moves", condition=Q(per_minute__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.get_provider_display()} · {self.account}"


class PayoutAttempt(Audited):
    """One time that a payout was sent to a provider: committed before the call, answered after it.

    A second attempt is the same number again, and only after the provider said that it knows nothing
    of the first. ``ask_at`` is when the provider is asked next; empty once the answer is definite.
    """

    store_lookup = "payout__case__store"
    part_of = "payout"

    class Outcome(models.TextChoices):
        CALLING = "calling", _("Being sent")
        SETTLED = "settled", pgettext_lazy("attempt", "Paid")
        PENDING = "pending", pgettext_lazy("attempt", "Accepted, not paid yet")
        REFUSED = "refused", pgettext_lazy("attempt", "Refused")
        NOT_FOUND = "not_found", pgettext_lazy("attempt", "Never arrived")
        BUSY = "busy", pgettext_lazy("attempt", "Too many at once")
        STUCK = "stuck", pgettext_lazy("attempt", "Stuck at the provider")
        NO_ANSWER = "no_answer", pgettext_lazy("attempt", "No usable answer")
        DIFFERS = "differs", pgettext_lazy("attempt", "Another amount")

    NEED_A_PERSON = (Outcome.STUCK, Outcome.DIFFERS)  # no later answer is to be expected

    payout = models.ForeignKey(
        Payout, models.PROTECT, related_name="attempts", verbose_name=_("payout")
    )
    gateway = models.ForeignKey(
        PayoutGateway, models.PROTECT, related_name="attempts", verbose_name=_("payout gateway")
    )
    number = models.CharField(
        _("number"), max_length=20, help_text=_("What the provider knows it by.")
    )
    sent_at = models.DateTimeField(_("sent at"))
    outcome = models.CharField(
        pgettext_lazy("attempt", "answer"),
        max_length=10,
        choices=Outcome.choices,
        default=Outcome.CALLING,
    )
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    reference = models.CharField(_("provider's reference"), max_length=80, blank=True)
    reason = models.CharField(_("provider's reason"), max_length=300, blank=True)
    asks = models.PositiveIntegerField(_("times asked"), default=0)
    asked_at = models.DateTimeField(_("last asked at"), null=True, blank=True)
    ask_at = models.DateTimeField(_("to be asked at"), null=True, blank=True)

    class Meta:
        verbose_name = _("payout attempt")
        verbose_name_plural = _("payout attempts")
        ordering = ("-pk",)
        default_permissions = ("view",)
        permissions = [("ask_provider", _("Can have the provider asked"))]
        indexes = [
            models.Index("ask_at", condition=Q(ask_at__isnull=False), name="attempt_to_ask"),
            models.Index(fields=["gateway", "sent_at"], name="attempt_by_gateway"),
        ]
        constraints = [
            models.UniqueConstraint(
                "payout", condition=Q(ask_at__isnull=False), name="attempt_one_open_per_payout"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class GatewayNotice(Audited):
    """What a provider told us unasked, signed by it: written once per event, whatever it is about.

    It moves no money: it only has the provider asked sooner. So a notice that is late, doubled, out of
    order or about a number that is not ours does no harm.
    """

    store_lookup = "payout__case__store"

    provider = models.CharField(_("provider"), max_length=10, choices=Provider.choices)
    account = models.CharField(_("account"), max_length=40)
    event = models.CharField(_("event"), max_length=120)
    number = models.CharField(_("number"), max_length=80, blank=True)
    status = models.CharField(_("what it says"), max_length=40, blank=True)
    payout = models.ForeignKey(
        Payout,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="notices",
        verbose_name=_("payout"),
    )
    received_at = models.DateTimeField(_("received at"))

    class Meta:
        verbose_name = _("provider's notice")
        verbose_name_plural = _("providers' notices")
        ordering = ("-pk",)
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                "provider", "account", "event", name="gateway_notice_once_per_event"
            ),
        ]

    def __str__(self) -> str:
        return self.event
