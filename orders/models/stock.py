"""How many pieces of an article a store can still send."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from backoffice.audit.models import Audited
from merchants.models import Store


class Stock(Audited):
    """What a store has of one article; returns that are sound come back to it."""

    store_lookup = "store"

    store = models.ForeignKey(Store, models.PROTECT, related_name="stock", verbose_name=_("store"))
    sku = models.CharField(_("SKU"), max_length=60)
    on_hand = models.PositiveIntegerField(_("pieces on hand"))

    class Meta:
        verbose_name = _("stock")
        verbose_name_plural = _("stock")
        ordering = ("store", "sku")
        default_permissions = ("add", "change", "view")
        constraints = [models.UniqueConstraint("store", "sku", name="stock_once_per_sku")]

    def __str__(self) -> str:
        return f"{self.sku}: {self.on_hand}"
