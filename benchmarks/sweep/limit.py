"""The limit: the same writes in hand-written SQL for PostgreSQL, looking at nothing."""

from django.db import connection, transaction

from backoffice.actors import TIMER, system
from benchmarks.versions import with_versions
from refunds.models import CaseLine, Payout, RefundCase

STAMP = {
    "reason": "Nobody reviewed it.",
    "actor": "timer",
    "source": "timer",
    "action": "auto_approve",
}
DUE = "c.state = 'requested' AND c.due_at <= now()"
LINES = f"""
    UPDATE refunds_caseline l SET amount_approved = l.amount_requested
    FROM refunds_refundcase c WHERE c.id = l.case_id AND {DUE} RETURNING l.*
"""  # noqa: S608 - our own words, here and below
PAYOUTS = f"""
    INSERT INTO refunds_payout (number, case_id, amount, currency, purpose, reason, approver_id,
        payment_id, channel, method, destination, payee, bank_code, state, frozen, bank_reason, queued_at)
    SELECT 'PO-' || upper(substr(replace(gen_random_uuid()::text, '-', ''), 1, 11)), c.id,
        c.amount_requested, c.currency, 'refund', r.code, %(user)s, p.id, p.method, 'original',
        p.reference, '', '', 'queued', false, '', now()
    FROM refunds_refundcase c JOIN orders_payment p ON p.order_id = c.order_id
    JOIN refunds_reason r ON r.id = c.reason_id WHERE {DUE}
    RETURNING *
"""  # noqa: S608
CASES = f"""
    UPDATE refunds_refundcase c SET state = 'reviewed', amount_approved = amount_requested,
        freight_approved = freight_requested, decided_by = 'timer', decided_at = now(), clock = '',
        clock_started_at = NULL, due_at = NULL, remind_at = NULL, version = version + 1
    WHERE {DUE} RETURNING *
"""  # noqa: S608


def by_hand() -> None:
    """Approve every case that is due, in one transaction of three statements."""
    with transaction.atomic(), connection.cursor() as cursor:
        for write, model, kind in ((LINES, CaseLine, "~"), (PAYOUTS, Payout, "+"), (CASES, RefundCase, "~")):  # fmt: skip
            cursor.execute(
                with_versions(write, model, kind, **STAMP), {"user": system(TIMER).user.pk}
            )
