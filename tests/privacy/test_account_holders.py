"""The name of an account's holder is sealed; the bank's file, and nothing else, has it in clear."""

from typing import Any

from django.db import connection

from backoffice.actors import INSTALLER, person, system
from backoffice.audit.recording import recorded
from refunds.batches.building import build
from refunds.batches.files import content, export
from refunds.batches.handed_out import opened
from refunds.batches.sealing import unbroken
from refunds.models import Payout
from refunds.payouts.queueing import redirect
from refunds.payouts.routes import Way
from tests.cast import Cast
from tests.personal import plain
from tests.refunds.money import queue_payouts, release

HOLDER = "王小明"
ACCOUNT = Way("bank", "6222020200112233", HOLDER, "102100099996")


def test_the_bank_reads_the_holder_and_the_database_does_not(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    with recorded(system(INSTALLER), "The store has an account."):
        cast.a.account = "6222020200000417"
        cast.a.save()
    finance = person(cast.finance)
    for payout in queue_payouts(cast.a, cast.staff, "50.00", "20.00", "10.00"):
        redirect(payout_id=payout.pk, way=ACCOUNT, note="The buyer wrote it.", actor=finance)
    batch = build(store_id=cast.a.pk, currency="CNY", actor=finance)
    batch = release(batch_id=batch.pk, actor=person(cast.checker))
    rows = list(batch.payouts.order_by("pk"))
    assert {plain(row.payee) for row in rows} == {HOLDER}
    assert len({row.payee for row in rows}) == 3  # three buyers, three keys
    with django_assert_max_num_queries(1):
        assert unbroken(batch, rows)
    with django_assert_max_num_queries(3):  # the rows, the keys of all, and the rows as a table
        assert content(batch, rows, "csv").decode().count(HOLDER) == 3
    for file_format in ("csv", "xml"):
        kept = export(batch_id=batch.pk, actor=finance, file_format=file_format)
        assert opened(kept).decode().count(HOLDER) == 3
    with connection.cursor() as cursor:
        for table in ("refunds_payout", "refunds_historicalpayout"):
            cursor.execute(f"SELECT payee FROM {table}")
            assert not any(HOLDER in value for (value,) in cursor.fetchall())
    assert not Payout.objects.filter(payee="").exists()
