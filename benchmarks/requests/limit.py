"""The limit: the same rows and versions in hand-written SQL for PostgreSQL, looking at nothing."""

from django.db import connection, transaction

from backoffice.actors import IMPORTER, system
from benchmarks.versions import with_versions
from merchants.models import Store
from refunds.models import CaseLine, Reason, RefundCase, RefundPolicy

STAMP = {
    "reason": "The buyer asked for this.",
    "actor": "importer",
    "source": "import",
    "action": "request",
}
RAW = "CREATE TEMP TABLE raw (number text, ordered text, kind text, reason text, sku text, q int) ON COMMIT DROP"
CASES = """
    INSERT INTO refunds_refundcase (number, external_number, store_id, order_id, kind, state, reason_id,
        reason_text, currency, amount_requested, freight_requested, in_money, stage, policy_id, at_deadline,
        requested_at, clock, clock_started_at, due_at, remind_at, extended_hours, reminders, held_because,
        failures, not_exempt_because, pay_by, stopped, risk, risk_figures, decided_by, rule_figures, bearer,
        freight_payer, return_carrier,
        return_tracking, version)
    SELECT 'RC-' || upper(substr(replace(gen_random_uuid()::text, '-', ''), 1, 11)), raw.number, o.store_id,
        o.id, raw.kind, 'requested', %(reason)s, '', o.currency, raw.q * l.unit_price, 0, true, 'not_shipped',
        %(policy)s, 'approve', now(), 'review', now(), now() + interval '24 hours', now() + interval '12 hours',
        0, 0, '', 0, '', 'original', '', 'low', '{"orders": 1, "cases": 0}', '', '{}', 'store', 'buyer', '', '', 1
    FROM raw JOIN orders_order o ON o.store_id = %(store)s AND o.number = raw.ordered
    JOIN orders_orderline l ON l.order_id = o.id AND l.sku = raw.sku RETURNING *
"""
LINES = """
    INSERT INTO refunds_caseline (case_id, order_line_id, quantity, amount_requested)
    SELECT c.id, l.id, raw.q, c.amount_requested FROM raw
    JOIN refunds_refundcase c ON c.store_id = %(store)s AND c.external_number = raw.number
    JOIN orders_orderline l ON l.order_id = c.order_id AND l.sku = raw.sku RETURNING *
"""


def by_hand(store: Store, rows: list[list[str]]) -> None:
    """Open a case for every row, in one transaction of three statements."""
    values = {
        "store": store.pk,
        "user": system(IMPORTER).user.pk,
        "reason": Reason.objects.get(code="C01").pk,
        "policy": RefundPolicy.objects.filter(kind="refund_only", stage="not_shipped")[0].pk,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(RAW)
        with cursor.cursor.copy("COPY raw FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute("ANALYZE raw")
        for write, model in ((CASES, RefundCase), (LINES, CaseLine)):
            cursor.execute(with_versions(write, model, "+", **STAMP), values)
