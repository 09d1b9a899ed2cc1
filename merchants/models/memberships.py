"""Which person has which role where."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from backoffice.audit.models import Audited
from backoffice.roles import PLATFORM_ROLES, ROLE_CHOICES
from merchants.models.stores import Merchant, Store


class Membership(Audited):
    """A role in one store, in all stores of a merchant, or – platform roles only – everywhere."""

    store_lookup = "store"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="memberships", verbose_name=_("user")
    )
    role = models.CharField(_("role"), max_length=20, choices=ROLE_CHOICES)
    store = models.ForeignKey(
        Store, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("store")
    )
    merchant = models.ForeignKey(
        Merchant,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("merchant"),
    )
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        default_permissions = ("add", "change", "view")
        constraints = [
            models.CheckConstraint(
                name="membership_place_fits_role",
                condition=Q(role__in=PLATFORM_ROLES, store=None, merchant=None)
                | (
                    ~Q(role__in=PLATFORM_ROLES)
                    & (
                        Q(store=None, merchant__isnull=False)
                        | Q(store__isnull=False, merchant=None)
                    )
                ),
                violation_error_message=_(
                    "A platform role is held everywhere; any other role needs a store or a merchant, "
                    "not both."
                ),
            ),
            models.UniqueConstraint(
                "user",
                "role",
                Coalesce("store", 0),
                Coalesce("merchant", 0),
                name="membership_once",
                violation_error_message=_("This person already has this role there."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()} · {self.store or self.merchant or '*'}"
