"""The company that answers, and its shop fronts."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from backoffice.audit.models import Audited

CODE = RegexValidator(r"^[a-z0-9][a-z0-9-]*\Z", _("Use small letters, digits and hyphens."))


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
