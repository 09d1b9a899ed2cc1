"""The company that answers, and its shop fronts."""

from decimal import Decimal
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from backoffice.audit.models import Audited
from merchants.models.calendars import WorkingCalendar

CODE = RegexValidator(r"^[a-z0-9][a-z0-9-]*\Z", _("Use small letters, digits and hyphens."))


def known_time_zone(name: str) -> None:
    """Raise ``ValidationError`` for a name that is no IANA time zone."""
    if name not in available_timezones():
        raise ValidationError(
            _("“%(name)s” is no time zone. Write one like Asia/Shanghai."), params={"name": name}
        )


class Merchant(Audited):
    """The company that answers for one or more stores."""

    merchant_lookup = "pk"

    code = models.CharField(_("code"), max_length=40, unique=True, validators=[CODE])
    name = models.CharField(_("name"), max_length=200)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("merchant")
        verbose_name_plural = _("merchants")
        ordering = ("name",)
        default_permissions = ("add", "change", "view")

    def __str__(self) -> str:
        return self.name


class Store(Audited):
    """A shop front on one sales channel; the unit of access, and one account for its money."""

    store_lookup = "pk"

    merchant = models.ForeignKey(
        Merchant, models.PROTECT, related_name="stores", verbose_name=_("merchant")
    )
    code = models.CharField(_("code"), max_length=40, unique=True, validators=[CODE])
    name = models.CharField(_("name"), max_length=200)
    channel = models.CharField(_("sales channel"), max_length=40, default="own")
    currency = models.CharField(_("currency"), max_length=3, default="CNY")
    account = models.CharField(
        _("payout account"), max_length=60, blank=True, help_text=_("Where refunds are paid from.")
    )
    time_zone = models.CharField(
        _("time zone"),
        max_length=40,
        default="Asia/Shanghai",
        validators=[known_time_zone],
        help_text=_("IANA name, like Asia/Shanghai."),
    )
    calendar = models.ForeignKey(
        WorkingCalendar,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="stores",
        verbose_name=_("working calendar"),
        help_text=_("When the store's clocks run. Empty: around the clock."),
    )
    return_address = models.CharField(
        _("return address"),
        max_length=300,
        blank=True,
        help_text=_("Name, telephone and address that buyers send returns to."),
    )
    return_instructions = models.CharField(
        _("return instructions"),
        max_length=500,
        blank=True,
        help_text=_("What buyers should know before they send something back."),
    )
    instant_approval = models.BooleanField(
        _("instant approval"),
        default=True,
        help_text=_("Off: no case of this store is ever approved by rule when it is requested."),
    )
    daily_cap_count = models.PositiveIntegerField(
        _("automatic approvals a day"),
        default=200,
        help_text=_("By rule and by timer together; more than this go to a person."),
    )
    daily_cap_amount = models.DecimalField(
        _("automatically approved money a day"),
        max_digits=12,
        decimal_places=2,
        default=Decimal(20000),
        help_text=_("In the store's currency; more than this goes to a person."),
    )
    auto_approval = models.BooleanField(
        _("auto-approval"),
        default=True,
        help_text=_("Off: no case of this store is ever approved by the timer."),
    )
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("store")
        verbose_name_plural = _("stores")
        ordering = ("name",)
        default_permissions = ("add", "change", "view")

    def __str__(self) -> str:
        return self.name
