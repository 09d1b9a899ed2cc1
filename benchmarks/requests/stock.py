"""The library's way: a dry run for the preview, then the import, each row by itself."""

from typing import Any

import tablib
from import_export import resources

from backoffice.actors import IMPORTER, Actor, system
from backoffice.audit.recording import recorded
from merchants.models import Store
from orders.models import OrderLine
from refunds.intake import LineRequest, Request, open_case
from refunds.models import RefundCase


class StockResource(resources.ModelResource):
    """The same cases, written as django-import-export does: row by row, by the product's own service."""

    store: Store
    actor: Actor

    class Meta:
        model = RefundCase

    def import_row(self, row: Any, instance_loader: Any, **kwargs: Any) -> Any:
        """Look the article up, and open its case."""
        line = OrderLine.objects.get(
            order__store=self.store, order__number=row["Order number"], sku=row["SKU"]
        )
        request = Request(
            kind=row["Kind"],
            reason_code=row["Reason code"],
            lines=[LineRequest(line.pk, int(row["Quantity"]))],
            external_number=row["Request number"],
        )
        open_case(order_id=line.order_id, actor=self.actor, request=request)
        result = self.get_row_result_class()()
        result.import_type = result.IMPORT_TYPE_NEW
        return result


def by_stock(store: Store, header: list[str], rows: list[list[str]]) -> None:
    """Preview and import ``rows``."""
    resource = StockResource()
    resource.store, resource.actor = store, system(IMPORTER)
    table = tablib.Dataset(*rows, headers=header)
    with recorded(resource.actor, "A benchmark."):
        for dry_run in (True, False):
            resource.import_data(table, dry_run=dry_run, use_transactions=True, raise_errors=True)
