"""The pages of reconciliation: what each role finds on them, and what a forged request gets."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from backoffice.actors import INSTALLER, person, system
from backoffice.audit.recording import recorded
from backoffice.bulk import jobs
from backoffice.bulk.jobs import carry_on
from backoffice.bulk.runs import confirm
from refunds.models import BankLine, Difference, ReconciliationDay, RefundBatch, StatementImport
from refunds.reconciliation import statements
from refunds.reconciliation.days import row_for
from tests.cast import Cast
from tests.gateways.paying import open_gateway
from tests.refunds.money import give_role
from tests.refunds.reconciliation.statements import (
    DAY,
    NEXT,
    brought,
    day_of,
    file_of,
    found,
    load,
    other,
    out,
    paid,
)

pytestmark = pytest.mark.once  # every page is opened on PostgreSQL by tests/access/test_opening.py
TEXT = "The bank took its monthly charge."


@pytest.fixture(autouse=True)
def the_next_day() -> Iterator[None]:
    """It is noon of the day after; leases of another test's runs are not ours."""
    cache.clear()
    with time_machine.travel(NEXT, tick=False):
        yield


def url(model: str, name: str, *args: Any) -> str:
    return reverse(f"admin:refunds_{model}_{name}", args=args)


def as_(client: Client, cast: Cast, who: str) -> Client:
    client.force_login(getattr(cast, who))
    return client


def read(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def do(client: Client, row: Any, step: str, **data: Any) -> Any:
    return client.post(url(row._meta.model_name, "do", row.pk, step), data)


def test_a_day_from_the_statement_to_its_closing(client: Client, cast: Cast) -> None:
    payout = paid(cast)
    as_(client, cast, "finance")
    file = SimpleUploadedFile("bank.csv", file_of([out(payout), other("8.00")]).read())
    data = {"store": cast.a.pk, "file": file}
    assert client.post(url("statementimport", "upload"), data).status_code == 302
    run = StatementImport.objects.get()
    carry_on(run)
    page = read(client, url("statementimport", "change", run.pk))
    assert "¥108.00" in page
    assert not BankLine.objects.exists()
    client.post(url("statementimport", "confirm", run.pk))
    carry_on(StatementImport.objects.get())
    assert "2 lines are new" in read(client, url("statementimport", "change", run.pk))

    fee, day = Difference.objects.get(), day_of(cast)
    assert "1 open" in read(client, url("reconciliationday", "board"))
    assert "1 difference is not explained" in read(
        client, url("reconciliationday", "change", day.pk)
    )
    assert do(client, fee, "assign", colleague=cast.finance.pk).status_code == 302
    assert do(client, fee, "explain", code="fee", text="short").status_code == 400
    assert do(client, fee, "explain", code="fee", text=TEXT).status_code == 302

    as_(client, cast, "checker")
    assert fee.line.bank_reference in read(client, "/admin/")
    assert TEXT in read(client, url("difference", "change", fee.pk))
    assert do(client, fee, "sign", note="Seen the advice.").status_code == 302
    assert Difference.objects.get().history.latest().history_change_reason == "Seen the advice."
    assert do(client, day, "close", note="").status_code == 302
    closed = day_of(cast)
    assert (closed.state, closed.history.latest().actor_name) == ("closed", "checker")
    assert "closed" in read(client, url("reconciliationday", "board"))
    assert "as they were when it was closed" in read(
        client, url("reconciliationday", "change", day.pk)
    )


FORGED = [
    ("staff", 404), ("manager", 403), ("auditor", 403), ("platform", 403), ("staff2", 404), ("nobody", 302),
]  # fmt: skip


@pytest.mark.parametrize(("who", "status"), FORGED)
def test_a_forged_request_changes_nothing(
    client: Client, cast: Cast, who: str, status: int
) -> None:
    load(cast, [other("8.00")])
    fee, day = Difference.objects.get(), day_of(cast)
    before = (Difference.history.count(), ReconciliationDay.history.count())
    as_(client, cast, who)
    for row, step, data in (
        (fee, "explain", {"code": "fee", "text": TEXT}),
        (fee, "assign", {"colleague": ""}),
        (fee, "sign", {}),
        (day, "close", {}),
        (day, "match", {}),
        (day, "reopen", {"note": "Forged."}),
    ):
        assert do(client, row, step, **data).status_code == status, step
    assert (Difference.history.count(), ReconciliationDay.history.count()) == before


def test_what_a_role_may_not_do_is_neither_shown_nor_done(client: Client, cast: Cast) -> None:
    load(cast, [other("8.00")])
    fee, day = Difference.objects.get(), day_of(cast)
    as_(client, cast, "checker")
    assert "dialog-explain" not in read(client, url("difference", "change", fee.pk))
    assert do(client, fee, "explain", code="fee", text=TEXT).status_code == 403
    as_(client, cast, "finance")
    assert "dialog-explain" in read(client, url("difference", "change", fee.pk))
    assert do(client, fee, "sign").status_code == 403
    assert do(client, day, "close").status_code == 403
    assert client.put(url("difference", "do", fee.pk, "explain")).status_code == 405
    assert do(client, fee, "no-such-step").status_code == 404
    assert Difference.objects.get().state == "open"


def test_rows_of_other_stores_are_nowhere(client: Client, cast: Cast) -> None:
    with recorded(system(INSTALLER), "For a test."):
        foreign = row_for(cast.b, "ACCT-B", "CNY", DAY)
    as_(client, cast, "finance")
    assert "ACCT-B" not in read(client, url("reconciliationday", "board"))
    assert client.get(url("reconciliationday", "change", foreign.pk)).status_code == 404
    assert do(client, foreign, "match").status_code == 404
    data = {"store": cast.b.pk, "file": SimpleUploadedFile("bank.csv", file_of([]).read())}
    assert client.post(url("statementimport", "upload"), data).status_code == 400
    assert not StatementImport.objects.exists()


BAD = [
    ([other("8.00", DAY + timedelta(days=9))], "in the future"),
    ([other("8.00", DAY - timedelta(days=500))], "too long ago"),
    ([other("8.001")], "“8.001” has more decimals than CNY has."),
    ([other("-8.00")], "not understood"),
    ([other("8.00", currency="QQQ")], "“QQQ” is not a currency."),
    ([other("8.00", direction="sideways")], "not understood"),
    ([other("8.00", DAY - timedelta(days=n)) for n in range(100)], "at most 92 days"),
    ([], "no rows"),
]


@pytest.mark.parametrize(("rows", "sentence"), BAD)
def test_a_statement_that_cannot_be_is_refused_with_a_sentence(
    cast: Cast, rows: Any, sentence: str
) -> None:
    run = brought(cast, rows)
    assert run.state == "refused"
    assert sentence in run.message
    assert not BankLine.objects.exists()


def test_a_statement_of_another_account_is_refused(cast: Cast) -> None:
    text = b"account,DE00 1234\n" + file_of([other("8.00")]).read()
    run = statements.bring_statement(
        store_id=cast.a.pk, file=SimpleUploadedFile("bank.csv", text), name="bank.csv",
        actor=system("importer"),
    )  # fmt: skip
    carry_on(run)
    run = StatementImport.objects.get()
    assert (run.state, "not of ACCT-A" in run.message) == ("refused", True)


def test_a_statement_of_a_former_account_is_loaded_for_what_was_paid_from_it(
    client: Client, cast: Cast
) -> None:
    payout = paid(cast)
    with recorded(system(INSTALLER), "A batch of the other store."):
        RefundBatch.objects.create(
            store=cast.a2, currency="CNY", account="ACCT-A2", maker=cast.platform, count=0, total=0
        )
    client.force_login(cast.finance)
    upload = url("statementimport", "upload")
    assert 'name="former"' not in client.get(upload).content.decode()
    with recorded(system("importer"), "The store has another bank."):
        for store, account in ((cast.a, "NEW-BANK-A"), (cast.a2, "NEW-BANK-B")):
            store.account = account
            store.save()
    assert "ACCT-A" in client.get(upload).content.decode()
    assert "ACCT-A2" not in client.get(upload).content.decode()

    def bring(**form: Any) -> Any:
        file = SimpleUploadedFile("bank.csv", file_of([out(payout)]).read())
        return client.post(upload, {"store": cast.a.pk, "file": file, **form})

    for former in ("1 ACCT-NONE", f"{cast.a2.pk} ACCT-A2"):
        assert bring(former=former).status_code == 400
    give_role(cast, "finance", "finance", cast.a2)
    assert "ACCT-A2" in client.get(upload).content.decode()
    wrong = bring(former=f"{cast.a2.pk} ACCT-A2")
    assert (wrong.status_code, "belongs to another store" in wrong.content.decode()) == (400, True)
    assert not StatementImport.objects.exists()
    assert bring(former=f"{cast.a.pk} ACCT-A").status_code == 302
    carry_on(StatementImport.objects.get())
    confirm(StatementImport.objects.get(), actor=person(cast.finance))
    carry_on(StatementImport.objects.get())
    run = StatementImport.objects.get()
    assert (run.state, run.account) == ("applied", "ACCT-A")
    assert found() == []


def test_the_same_file_is_loaded_once(cast: Cast) -> None:
    load(cast, [other("8.00")])
    again = brought(cast, [other("8.00")])
    assert (again.state, "loaded before" in again.message) == ("refused", True)


def test_a_load_that_dies_half_way_leaves_nothing_and_works_the_next_time(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = brought(cast, [other(f"{n}.00", bank_reference=f"R-{n}") for n in range(1, 40)])
    confirm(run, actor=person(cast.finance))
    monkeypatch.setattr(statements, "BATCH", 10)
    staged = statements._staged

    def dies(run: Any, line: Any, *rest: Any) -> Any:
        if line.row == 25:
            raise KeyboardInterrupt
        return staged(run, line, *rest)

    monkeypatch.setattr(statements, "_staged", dies)
    with pytest.raises(KeyboardInterrupt):
        carry_on(StatementImport.objects.get())
    assert not BankLine.objects.exists()
    assert not Difference.objects.exists()
    monkeypatch.setattr(statements, "_staged", staged)
    jobs.look_for_work()
    assert (BankLine.objects.count(), Difference.objects.count()) == (39, 39)
    assert StatementImport.objects.get().state == "applied"


@pytest.mark.parametrize("page", ["board", "changelist", "difference", "day"])
def test_pages_ask_as_much_for_many_as_for_few(client: Client, cast: Cast, page: str) -> None:
    load(cast, [other("8.00", bank_reference="R-0")])
    paths = {
        "board": url("reconciliationday", "board"),
        "changelist": url("reconciliationday", "changelist"),
        "difference": url("difference", "changelist"),
        "day": url("reconciliationday", "change", day_of(cast).pk),
    }
    as_(client, cast, "auditor")

    def queries() -> int:
        read(client, paths[page])
        with CaptureQueriesContext(connection) as asked:
            read(client, paths[page])
        return len(asked)

    few = queries()
    rows = [other("9.00", bank_reference=f"S-{n}") for n in range(12)]
    load(cast, [*rows, *(other("1.00", DAY - timedelta(days=n)) for n in range(1, 6))])
    assert queries() <= few
    assert few < 40


def test_a_gateways_money_is_held_against_its_own_report(client: Client, cast: Cast) -> None:
    payout = paid(cast)
    gateway, foreign = open_gateway(cast.a), open_gateway(cast.b)
    with recorded(system(INSTALLER), "Sent by a provider, for a test."):
        batch = payout.batch
        batch.gateway = gateway
        batch.save()
    load(cast, [other("8.00")])  # the bank's own, which tells nothing of what a provider paid
    assert not Difference.objects.filter(kind="ours").exists()
    as_(client, cast, "finance")
    data = {"store": cast.a.pk, "gateway": foreign.pk}
    data["file"] = SimpleUploadedFile("provider.csv", file_of([out(payout)]).read())
    assert client.post(url("statementimport", "upload"), data).status_code == 400
    data["gateway"] = gateway.pk
    data["file"] = SimpleUploadedFile("provider.csv", file_of([other("5.00")]).read())
    assert client.post(url("statementimport", "upload"), data).status_code == 302
    run = StatementImport.objects.latest("pk")
    carry_on(run)
    confirm(StatementImport.objects.get(pk=run.pk), actor=person(cast.finance))
    carry_on(StatementImport.objects.get(pk=run.pk))
    day = ReconciliationDay.objects.get(account="sandbox demo", day=DAY)
    assert sorted(day.differences.values_list("kind", "payout")) == [
        ("ours", payout.pk),
        ("theirs", None),
    ]
