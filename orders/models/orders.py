"""Orders, their lines and their buyers."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from backoffice.audit.models import Audited
from backoffice.money import ZERO
from backoffice.privacy.fields import PersonalTextField
from backoffice.privacy.keys import Subject
from backoffice.privacy.reading import told
from merchants.models import Store


class Buyer(Audited):
    """A buyer as one store's channel knows them."""

    store_lookup = "store"

    store = models.ForeignKey(Store, models.PROTECT, related_name="buyers", verbose_name=_("store"))
    code = models.CharField(_("buyer code"), max_length=60)
    name = PersonalTextField(_("name"), max_length=200, blank=True, name_of_person=True)
    country = models.CharField(_("country"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("buyer")
        verbose_name_plural = _("buyers")
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint("store", "code", name="buyer_code_once_per_store")]

    def __str__(self) -> str:
        """The name, for those who may see it; else the channel's pseudonym."""
        return told(self.name, self.code) or self.code

    @property
    def is_named(self) -> bool:
        """Whether this reader is shown more than the pseudonym."""
        return str(self) != self.code

    @property
    def data_subject(self) -> Subject:
        """Whom the buyer's data are about: the same for all that is kept of them."""
        return Subject(f"buyer {self.store_id}/{self.code}", self.store_id)


class Order(Audited):
    """What a buyer bought in one go: lines and freight. What was paid is in its payments."""

    store_lookup = "store"

    store = models.ForeignKey(Store, models.PROTECT, related_name="orders", verbose_name=_("store"))
    number = models.CharField(_("order number"), max_length=60)
    buyer = models.ForeignKey(
        Buyer, models.PROTECT, null=True, blank=True, related_name="orders", verbose_name=_("buyer")
    )
    currency = models.CharField(_("currency"), max_length=3)
    freight = models.DecimalField(_("freight"), max_digits=12, decimal_places=2, default=ZERO)
    placed_at = models.DateTimeField(_("placed at"), db_index=True)
    picked_at = models.DateTimeField(
        _("picked at"),
        null=True,
        blank=True,
        help_text=_("When the warehouse took the goods from the shelf."),
    )

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ("-placed_at", "-pk")
        default_permissions = ("view",)
        permissions = [
            ("import_order", _("Can import orders")),
            ("export_order", _("Can export orders")),
        ]
        constraints = [
            models.UniqueConstraint("store", "number", name="order_number_once_per_store"),
            models.CheckConstraint(name="order_freight_not_negative", condition=Q(freight__gte=0)),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def data_subject(self) -> Subject:
        """Who bought it; where the channel does not say, somebody known by this order alone."""
        if self.buyer is not None:
            return self.buyer.data_subject
        return Subject(f"order {self.store_id}/{self.number}", self.store_id)

    @property
    def stage(self) -> str:
        """How far the goods are: ``not_shipped``, ``shipped`` or ``received``."""
        shipments = list(self.shipments.all())
        if any(shipment.delivered_at for shipment in shipments):
            return "received"
        return "shipped" if any(shipment.shipped_at for shipment in shipments) else "not_shipped"

    @property
    def paid(self) -> Decimal:
        """What all payments add up to, in ``currency``."""
        return sum((payment.amount for payment in self.payments.all()), ZERO)


class OrderLine(Audited):
    """One article of an order, and what the buyer paid for it."""

    store_lookup = "order__store"
    part_of = "order"

    order = models.ForeignKey(Order, models.PROTECT, related_name="lines", verbose_name=_("order"))
    position = models.PositiveIntegerField(_("line"))
    sku = models.CharField(_("SKU"), max_length=60)
    title = models.CharField(_("title"), max_length=300)
    category = models.CharField(_("category"), max_length=100, blank=True)
    quantity = models.PositiveIntegerField(_("quantity"))
    unit_price = models.DecimalField(_("unit price"), max_digits=12, decimal_places=2)
    discount = models.DecimalField(
        _("discount share"), max_digits=12, decimal_places=2, default=ZERO
    )

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        ordering = ("order", "position")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint("order", "position", name="order_line_position_once"),
            models.CheckConstraint(
                name="order_line_quantity_positive", condition=Q(quantity__gt=0)
            ),
            models.CheckConstraint(
                name="order_line_price_not_negative", condition=Q(unit_price__gte=0)
            ),
            models.CheckConstraint(
                name="order_line_discount_within_price",
                condition=Q(discount__gte=0) & Q(discount__lte=F("quantity") * F("unit_price")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku} {self.title}"

    @property
    def amount(self) -> Decimal:
        """What the buyer paid for this line, in the order's currency."""
        return self.quantity * self.unit_price - self.discount
