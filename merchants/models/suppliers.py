"""Who delivers the goods."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from backoffice.audit.models import Audited
from merchants.models.stores import CODE, Merchant


class Supplier(Audited):
    """A company that delivers goods to a merchant."""

    merchant_lookup = "merchant"

    merchant = models.ForeignKey(
        Merchant, models.PROTECT, related_name="suppliers", verbose_name=_("merchant")
    )
    code = models.CharField(_("code"), max_length=40, validators=[CODE])
    name = models.CharField(_("name"), max_length=200)
    category = models.CharField(_("category"), max_length=100, blank=True)
    contact = models.CharField(_("contact"), max_length=200, blank=True)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("supplier")
        verbose_name_plural = _("suppliers")
        ordering = ("name",)
        default_permissions = ("add", "change", "view")
        constraints = [
            models.UniqueConstraint(
                "merchant",
                "code",
                name="supplier_code_once_per_merchant",
                violation_error_message=_("This merchant already has a supplier with this code."),
            ),
        ]

    def __str__(self) -> str:
        return self.name
