"""Taking the locks of all that a file speaks of, without bringing any of it into memory."""

from django.db import connection
from django.db.models import QuerySet

from orders.models import Order
from refunds.models import Payout, RefundBatch, RefundCase, ResultImport
from refunds.results.judging import batches_of
from refunds.results.staging import rows_of


def take(run: ResultImport) -> list[int]:
    """Lock batches, orders, cases and payouts, each by its id; gives the ids of the batches.

    SQLite has one writer, who has locked everything by beginning.
    """
    batch_ids = batches_of(run)
    if not connection.features.has_select_for_update:
        return batch_ids
    payouts = Payout.objects.filter(number__in=rows_of(run).values("payout"))
    cases = RefundCase.objects.filter(pk__in=payouts.values("case"))
    _hold(RefundBatch.objects.filter(pk__in=batch_ids))
    _hold(Order.objects.filter(pk__in=cases.values("order")))
    _hold(cases)
    _hold(payouts)
    return batch_ids


def _hold(rows: QuerySet) -> None:
    """Lock ``rows`` by their ids; only their number leaves the database."""
    held = rows.order_by("pk").select_for_update(of=("self",)).values("pk")
    select, params = held.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({select}) AS held", params)  # noqa: S608 - Django's own words
