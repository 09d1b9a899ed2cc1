"""Files that come and go: a channel's requests that wait to be applied, a file to try, a list to take away."""

import io
from collections.abc import Sequence

from django.conf import settings

from backoffice.actors import person
from backoffice.bulk.jobs import carry_on
from backoffice.bulk.runs import bring
from backoffice.exporting.asking import ask
from backoffice.exporting.running import carry_on as write_export
from backoffice.exporting.tables import BOM, csv_line
from backoffice.models import User
from merchants.models import Store
from orders.models import Order
from orders.resources import OrderListResource
from refunds.models import RequestImport
from refunds.requests.columns import COLUMNS

EACH = 4  # requests in each of the two files
ASKS = [
    {"kind": "refund_only", "reason": "C01"},
    {"kind": "return_refund", "reason": "C05", "text": "尺寸不合适 Does not fit."},
    {"kind": "refund_only", "reason": "N01", "text": "已与客服协商 Agreed with the shop."},
    {"kind": "exchange", "reason": "C05"},
]
UNKNOWN = {"kind": "refund_only", "reason": "C01", "order": "AU-UNKNOWN", "sku": "AH-1004"}


def tell(store: Store, manager: User) -> None:
    """A checked file and an export on their pages; another file beside the database, to bring by hand."""
    orders = list(Order.objects.filter(store=store, cases=None).order_by("-placed_at"))[: 2 * EACH]
    run = bring(
        RequestImport,
        file=io.BytesIO(_file("TM-26-1", orders[:EACH])),
        name="marketplace-requests.csv",
        actor=person(manager),
        store=store,
    )
    carry_on(run)
    folder = settings.DATA_DIR / "demo"
    folder.mkdir(exist_ok=True)
    (folder / "refund-requests.csv").write_bytes(_file("TM-26-2", orders[EACH:]))
    export = ask(
        list_of=Order,
        query=f"store__id__exact={store.pk}",
        columns=OrderListResource._meta.export_order,
        file_format="xlsx",
        actor=person(manager),
    )
    write_export(export)


def _file(prefix: str, orders: Sequence[Order]) -> bytes:
    """A request about each order's first article, and one about an order that nobody knows."""
    rows = [
        {
            **asked,
            "number": f"{prefix}{n:03}",
            "order": order.number,
            "sku": order.lines.all()[0].sku,
        }
        for n, (order, asked) in enumerate(zip(orders, ASKS, strict=False), 1)
    ]
    rows.append({**UNKNOWN, "number": f"{prefix}999"})
    lines = [csv_line([heading.english for heading in COLUMNS.values()])]
    for row in rows:
        cells = {"quantity": "1", **row}
        lines.append(csv_line([cells.get(name, "") for name in COLUMNS]))
    return (BOM + "".join(lines)).encode()
