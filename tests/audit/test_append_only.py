"""The database refuses whatever would rewrite history, and a product without its guards does not start."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import IntegrityError, OperationalError, connection, transaction
from django.test import Client

from backoffice.audit.append_only import guarded_tables
from backoffice.audit.guards.standing import (
    install_guards,
    lift_guards,
    missing_guards,
    require_guards,
)
from backoffice.audit.portions import audited_models
from merchants.models import Store
from tests.cast import Cast
from tests.flushing import unguarded

pytestmark = pytest.mark.django_db
REFUSED = (IntegrityError, OperationalError)


def test_every_history_and_the_ledger_are_guarded() -> None:
    tables = set(guarded_tables())
    assert {model.history.model._meta.db_table for model in audited_models()} <= tables
    assert {"refunds_ledgerentry", "refunds_historicalledgerentry"} <= tables
    assert missing_guards() == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE merchants_historicalstore SET name = 'Renamed'",
        "DELETE FROM merchants_historicalstore",
    ],
)
def test_no_statement_rewrites_a_version(cast: Cast, statement: str) -> None:
    with (
        pytest.raises(REFUSED, match="merchants_historicalstore are written once"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert Store.history.count() == 3


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("table", ["merchants_historicalstore", "refunds_ledgerentry"])
def test_what_is_written_once_is_not_truncated(cast: Cast, table: str) -> None:
    with (
        pytest.raises(IntegrityError, match=f"Rows of {table} are written once"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"TRUNCATE {table} CASCADE")


def test_migrating_brings_lost_guards_back() -> None:
    lift_guards()
    assert len(missing_guards()) >= 2 * len(guarded_tables())
    call_command("migrate", verbosity=0)
    assert missing_guards() == []


def test_without_a_guard_nothing_starts(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "close", lambda: None)  # the test's own transaction is open
    require_guards()
    lift_guards()
    with pytest.raises(ImproperlyConfigured, match="guards of its history"):
        require_guards()
    report = client.get("/healthz")
    assert (report.status_code, report.json()["guards"]) == (503, "missing")
    install_guards()
    require_guards()


def test_the_owner_of_the_database_can_lift_them_and_they_return(cast: Cast) -> None:
    with unguarded():
        Store.history.filter(id=cast.b.pk)._raw_delete("default")
    assert missing_guards() == []
    with pytest.raises(REFUSED), transaction.atomic():
        Store.history.all()._raw_delete("default")
