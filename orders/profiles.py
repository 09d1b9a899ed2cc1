"""The import profiles that the software ships with: data that a person can change afterwards."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop

from backoffice.actors import INSTALLER, system
from backoffice.audit.recording import recorded
from orders.models import ImportProfile

ENGLISH = {
    "number": "Order number",
    "placed_at": "Placed at",
    "sku": "SKU",
    "title": "Title",
    "category": "Category",
    "quantity": "Quantity",
    "unit_price": "Unit price",
    "discount": "Discount",
    "freight": "Freight",
    "currency": "Currency",
    "buyer": "Buyer",
    "buyer_name": "Buyer name",
    "country": "Country",
    "payment": "Payment reference",
    "method": "Payment method",
    "paid": "Amount paid",
    "paid_at": "Paid at",
    "carrier": "Carrier",
    "tracking": "Tracking number",
    "shipped_at": "Shipped at",
    "delivered_at": "Delivered at",
}
CHINESE = {
    "number": "订单号",
    "placed_at": "下单时间",
    "sku": "商品编码",
    "title": "商品名称",
    "category": "类目",
    "quantity": "数量",
    "unit_price": "单价",
    "discount": "优惠分摊",
    "freight": "运费",
    "currency": "币种",
    "buyer": "买家账号",
    "buyer_name": "买家姓名",
    "country": "国家",
    "payment": "支付单号",
    "method": "支付方式",
    "paid": "实付金额",
    "paid_at": "支付时间",
    "carrier": "快递公司",
    "tracking": "快递单号",
    "shipped_at": "发货时间",
    "delivered_at": "签收时间",
}
ONLINE_RETAIL = {
    "number": "InvoiceNo",
    "placed_at": "InvoiceDate",
    "sku": "StockCode",
    "title": "Description",
    "quantity": "Quantity",
    "unit_price": "UnitPrice",
    "buyer": "CustomerID",
    "country": "Country",
}
GENERIC = "generic"
SHIPPED: dict[str, dict[str, Any]] = {
    GENERIC: {"name": "CSV, English headings", "columns": ENGLISH},
    "generic-zh": {"name": "CSV, Chinese headings 中文表头", "columns": CHINESE},
    "online-retail": {
        "name": "Online Retail (UCI)",
        "separator": ";",
        "decimal_mark": ",",
        "date_format": "%d/%m/%Y %H:%M",
        "time_zone": "Europe/London",
        "currency": "GBP",
        "columns": ONLINE_RETAIL,
        "cancellation_prefix": "C",
        "freight_skus": ["POST", "DOT"],
    },
}


def install_profiles() -> None:
    """Add the shipped profiles that are missing; what people changed stays as it is."""
    with transaction.atomic():
        present = set(ImportProfile.objects.filter(code__in=SHIPPED).values_list("code", flat=True))
        missing = {code: fields for code, fields in SHIPPED.items() if code not in present}
        if missing:
            with recorded(system(INSTALLER), gettext_noop("Shipped with the software.")):
                for code, fields in missing.items():
                    ImportProfile.objects.create(code=code, **fields)
