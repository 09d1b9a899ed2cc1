"""The limit: the same writes in hand-written SQL for PostgreSQL, looking at nothing."""

from pathlib import Path

from django.db import connection, transaction

from backoffice.actors import IMPORTER, system
from benchmarks.versions import with_versions
from merchants.models import Store
from refunds.ledger.accounts import Accounts
from refunds.models import Account, LedgerEntry, Payout, RefundBatch, RefundCase

STAMP = {"reason": "The bank says so.", "actor": "importer", "source": "import", "action": "answer"}
RAW = """
    CREATE TEMP TABLE raw (number text, amount numeric, currency text, status text, reason text)
    ON COMMIT DROP
"""
COPY = "COPY raw FROM STDIN WITH (FORMAT csv, HEADER, FORCE_NOT_NULL (reason))"
PAYOUTS = """
    UPDATE refunds_payout p SET state = raw.status, bank_reason = raw.reason,
        settled_at = CASE raw.status WHEN 'settled' THEN now() END
    FROM raw WHERE raw.number = p.number RETURNING p.*
"""
ENTRIES = """
    INSERT INTO refunds_ledgerentry (at, kind, credit_id, debit_id, amount, currency, store_id,
        case_id, payout_id, reference)
    SELECT now(), raw.status, %(clearing)s,
        CASE raw.status WHEN 'settled' THEN %(buyer)s ELSE %(source)s END,
        p.amount, p.currency, %(store)s, p.case_id, p.id, ''
    FROM refunds_payout p JOIN raw ON raw.number = p.number RETURNING *
"""
CASES = """
    UPDATE refunds_refundcase c SET state = 'refunded', clock = '', clock_started_at = NULL,
        due_at = NULL, time_left = NULL, remind_at = NULL, held_because = '', closed_at = now(),
        version = version + 1
    FROM refunds_payout p JOIN raw ON raw.number = p.number
    WHERE raw.status = 'settled' AND p.case_id = c.id RETURNING c.*
"""
BATCHES = """
    UPDATE refunds_refundbatch b SET state = 'reconciled'
    WHERE b.state = 'sent' AND NOT EXISTS
        (SELECT 1 FROM refunds_payout p WHERE p.batch_id = b.id AND p.state = 'sent')
    RETURNING b.*
"""


def by_hand(store: Store, file: Path) -> None:
    """Apply the file in one transaction: COPY, and four statements that write rows and versions."""
    accounts, places = Accounts(), Account.Kind
    values = {
        "store": store.pk,
        "user": system(IMPORTER).user.pk,
        "clearing": accounts.of_store(places.CLEARING, store.pk, "CNY").pk,
        "buyer": accounts.of_store(places.BUYER, store.pk, "CNY").pk,
        "source": accounts.of_store(places.STORE, store.pk, "CNY").pk,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(RAW)
        with cursor.copy(COPY) as copy:
            copy.write(file.read_bytes())
        for write, model, kind in (
            (PAYOUTS, Payout, "~"),
            (ENTRIES, LedgerEntry, "+"),
            (CASES, RefundCase, "~"),
            (BATCHES, RefundBatch, "~"),
        ):
            cursor.execute(with_versions(write, model, kind, **STAMP), values)
