"""Whatever goes around the product, the database refuses a row without its version, and the reverse."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, OperationalError, connection, models, transaction

from backoffice.actors import person
from backoffice.audit.guards.numbered import keys
from backoffice.audit.guards.standing import (
    guards,
    install_guards,
    lift_guards,
    missing_guards,
    require_guards,
)
from backoffice.audit.models import version_model
from backoffice.audit.portions import audited_models
from backoffice.audit.recording import recorded
from backoffice.audit.verify import verify
from merchants.models import Store, Supplier
from tests.cast import Cast, make_cast
from tests.flushing import unguarded
from tests.threads import at_once

REFUSED = (IntegrityError, OperationalError)
COMMITTING = pytest.mark.django_db(transaction=True)
LIVE, VERSIONS = "merchants_store", "merchants_historicalstore"
UNRECORDED = "changed without a version|FOREIGN KEY constraint failed"


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def plain(model: type[models.Model]) -> models.QuerySet:
    """The model's rows without what refuses to write them in sets."""
    return models.QuerySet(model)


def copied(cast: Cast, number: str, name: str = "name") -> str:
    """The SQL that writes the last version of store A once more, with another number or name."""
    columns = [f.column for f in version_model(Store)._meta.concrete_fields if not f.primary_key]
    values = {"history_number": number, "name": name}
    chosen = ", ".join(values.get(column, f'"{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    return (
        f"INSERT INTO {VERSIONS} ({names}) SELECT {chosen} FROM {VERSIONS} "
        f"WHERE id = {cast.a.pk} ORDER BY history_number DESC LIMIT 1"
    )


def renamed(cast: Cast) -> Store:
    store = Store.objects.get(pk=cast.a.pk)
    store.name = "Renamed"
    return store


PAST_HISTORY: dict[str, Callable[[Cast], object]] = {
    "update": lambda cast: plain(Store).filter(pk=cast.a.pk).update(name="Renamed"),
    "bulk_update": lambda cast: plain(Store).bulk_update([renamed(cast)], ["name"]),
    "bulk_create": lambda cast: plain(Supplier).bulk_create(
        [Supplier(merchant=cast.merchant, code="new", name="New")]
    ),
    "save_base": lambda cast: renamed(cast).save_base(raw=True),
    "raw update": lambda cast: run(f"UPDATE {LIVE} SET name = 'Renamed' WHERE id = {cast.a.pk}"),
    "raw insert": lambda cast: run(
        "INSERT INTO merchants_supplier (merchant_id, code, name, category, contact, active) "
        f"VALUES ({cast.merchant.pk}, 'new', 'New', '', '', true)"
    ),
    "a new key": lambda cast: run(f"UPDATE {LIVE} SET id = 4711 WHERE id = {cast.a2.pk}"),
}


@COMMITTING
@pytest.mark.parametrize("way", PAST_HISTORY)
def test_no_change_is_committed_without_its_version(way: str) -> None:
    cast = make_cast()
    with pytest.raises(IntegrityError, match=UNRECORDED), transaction.atomic():
        PAST_HISTORY[way](cast)
    assert Store.objects.get(pk=cast.a.pk).name == "Store A"
    assert not Supplier.objects.filter(code="new").exists()


def saved(cast: Cast, *then: Callable[[Cast], object]) -> None:
    """A change as the product makes it, and what somebody does in its transaction afterwards."""
    with recorded(person(cast.platform), "The shop moved."):
        cast.a.save()
        for act in then:
            act(cast)


@COMMITTING
def test_a_change_after_its_version_is_not_committed() -> None:
    cast = make_cast()
    with pytest.raises(IntegrityError, match=UNRECORDED):
        saved(cast, PAST_HISTORY["update"])
    assert Store.history.filter(id=cast.a.pk).count() == 1


@pytest.mark.parametrize("number", ["history_number + 2", "0", "-1"])
def test_a_version_whose_number_jumps_is_refused(cast: Cast, number: str) -> None:
    with pytest.raises(REFUSED, match="does not follow the last one"), transaction.atomic():
        run(copied(cast, number))


def test_a_version_that_is_not_what_its_row_is_is_refused(cast: Cast) -> None:
    with pytest.raises(REFUSED, match="is not what"), transaction.atomic():
        run(copied(cast, "history_number + 1", "'Forged'"))


def test_a_version_of_no_row_is_refused(cast: Cast) -> None:
    statement = copied(cast, "1").replace('SELECT "id"', "SELECT 4711")
    with pytest.raises(REFUSED, match="is not what"), transaction.atomic():
        run(statement)


@COMMITTING
def test_a_version_of_no_change_is_refused() -> None:
    cast = make_cast()
    with pytest.raises(REFUSED, match="records no change"), transaction.atomic():
        run(copied(cast, "history_number + 1"))


@COMMITTING
def test_a_change_has_one_version_and_not_two() -> None:
    cast = make_cast()
    with pytest.raises(REFUSED, match="records no change"):
        saved(cast, lambda cast: run(copied(cast, "history_number + 1")))


@COMMITTING
def test_each_of_several_changes_in_one_transaction_has_its_version() -> None:
    cast = make_cast()
    with recorded(person(cast.platform), "Outside."):
        cast.a.name = "One"
        cast.a.save()
        with recorded(person(cast.manager), "Inside."):
            cast.a.name = "Two"
            cast.a.save()
        cast.a.name = "Three"
        cast.a.save()
    kept = Store.history.filter(id=cast.a.pk).order_by("history_number")
    assert list(kept.values_list("name", "actor_name")) == [
        ("Store A", "installer"),
        ("One", "platform"),
        ("Two", "manager"),
        ("Three", "platform"),
    ]


@COMMITTING
@pytest.mark.parametrize("column", ["name", "id"])
def test_a_write_that_changes_nothing_needs_no_version_and_may_have_one(column: str) -> None:
    cast = make_cast()
    run(f"UPDATE {LIVE} SET {column} = {column}")
    saved(cast)
    assert Store.history.filter(id=cast.a.pk).count() == 2
    assert verify().findings == []


@COMMITTING
def test_a_change_that_was_taken_back_needs_no_version() -> None:
    cast = make_cast()
    with transaction.atomic():
        inside = transaction.savepoint()
        plain(Store).filter(pk=cast.a.pk).update(name="Renamed")
        transaction.savepoint_rollback(inside)
    assert Store.objects.get(pk=cast.a.pk).name == "Store A"


@COMMITTING
def test_what_a_savepoint_took_back_hinders_no_commit() -> None:
    with transaction.atomic():
        cast = make_cast()
        for _time in range(50):  # so that commands have numbers
            saved(cast)
        inside = transaction.savepoint()
        plain(Store).update(name="Renamed")
        transaction.savepoint_rollback(inside)
    assert set(Store.objects.values_list("name", flat=True)) == {"Store A", "Store A2", "Store B"}


@pytest.mark.postgres
@COMMITTING
def test_two_connections_do_not_fork_a_row() -> None:
    cast = make_cast()

    def fork() -> None:
        with transaction.atomic():
            plain(Store).filter(pk=cast.a.pk).update(code="a")
            run(copied(cast, "2"))

    results = at_once(fork, fork, fork)
    assert sum(isinstance(result, IntegrityError) for result in results) == 2
    assert Store.history.filter(id=cast.a.pk).count() == 2


@pytest.mark.parametrize("model", [Store, Supplier])
def test_no_audited_row_is_deleted(cast: Cast, model: type[models.Model]) -> None:
    with recorded(person(cast.platform), "Something to lose."):
        Supplier.objects.create(merchant=cast.merchant, code="kept", name="Kept")
    with pytest.raises(REFUSED, match="never deleted"), transaction.atomic():
        plain(model)._raw_delete("default")


@pytest.mark.postgres
@COMMITTING
@pytest.mark.parametrize("table", [LIVE, VERSIONS])
def test_no_audited_table_is_emptied(table: str) -> None:
    make_cast()
    with pytest.raises(IntegrityError, match=f"Rows of {table} are"), transaction.atomic():
        run(f"TRUNCATE {table} CASCADE")


@pytest.mark.once
@COMMITTING
def test_who_leaves_foreign_keys_off_on_sqlite_is_found() -> None:
    cast = make_cast()
    run("PRAGMA foreign_keys = OFF")
    run(f"UPDATE {LIVE} SET name = 'Renamed' WHERE id = {cast.a.pk}")
    run("PRAGMA foreign_keys = ON")
    [finding] = verify().findings
    assert (finding.row, finding.problem) == (cast.a.pk, "differs from its last version in name")
    lift_guards()  # a migration is not stopped by what it left
    connection.check_constraints()
    install_guards()


def test_every_audited_table_has_its_guards(db: None) -> None:
    endings = ["{0}_no_delete", "{0}_insert", "{0}_update"]
    endings += ["{1}_follows", "{1}_no_update", "{1}_no_delete"]
    if connection.vendor == "postgresql":
        endings += ["{0}_recorded", "{0}_no_truncate", "{1}_no_truncate"]
    for model in audited_models():
        tables = (model._meta.db_table, version_model(model)._meta.db_table)
        assert {ending.format(*tables) for ending in endings} <= set(guards()), model
        assert f"{version_model(model)._meta.model_name}_number" in keys()


@pytest.mark.parametrize("guard", [f"{VERSIONS}_follows", f"{LIVE}_no_delete"])
def test_a_guard_that_was_taken_away_or_emptied_is_missed(
    db: None, guard: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "close", lambda: None)  # the test's own transaction is open
    own = guards()[guard]
    nothing = "SELECT 1;" if connection.vendor == "sqlite" else "RETURN NULL;"
    for instead in (None, replace(own, body=f"BEGIN {nothing} END")):
        run(own.drop)
        for statement in instead.make if instead else ():
            run(statement)
        assert guard in missing_guards()
        with pytest.raises(ImproperlyConfigured, match="guards of its history"):
            require_guards()
        install_guards()
        assert missing_guards() == []


def again(name: str, **other: str) -> list[str]:
    """The SQL that puts a trigger of another make in the place of a guard."""
    own = guards()[name]
    return [own.drop, replace(own, **other).make[-1]]


BY_HAND: dict[str, Callable[[], list[str]]] = {
    "when": lambda: again(f"{LIVE}_recorded", at_commit_of="false"),
    "timing": lambda: again(f"{LIVE}_no_delete", moment="AFTER DELETE"),
    "columns": lambda: again(f"{VERSIONS}_no_update", moment="BEFORE UPDATE OF name"),
    "function": lambda: again(f"{LIVE}_no_truncate", function="backoffice_note_unrecorded"),
    "another table": lambda: again(f"{LIVE}_update", table="merchants_merchant"),
    "language": lambda: [
        f"ALTER FUNCTION {VERSIONS}_follows() SECURITY DEFINER",
    ],
    "settings": lambda: [f"ALTER FUNCTION {LIVE}_recorded() SET search_path = elsewhere"],
    "off": lambda: [f"ALTER TABLE {LIVE} DISABLE TRIGGER {LIVE}_insert"],
    "replicas only": lambda: [f"ALTER TABLE {LIVE} ENABLE REPLICA TRIGGER {LIVE}_insert"],
    "number": lambda: [f"ALTER TABLE {VERSIONS} DROP CONSTRAINT historicalstore_number"],
    "rule": lambda: [
        "CREATE RULE unseen AS ON INSERT TO backoffice_unrecorded DO INSTEAD NOTHING",
    ],
}


@pytest.mark.postgres
@pytest.mark.django_db
@pytest.mark.parametrize("what", BY_HAND)
def test_a_guard_that_was_changed_by_hand_is_missed_and_made_again(what: str) -> None:
    for statement in BY_HAND[what]():
        run(statement)
    assert len(missing_guards()) == 1
    install_guards()
    assert missing_guards() == []


@pytest.mark.postgres
@pytest.mark.django_db
def test_a_session_that_says_it_replicates_has_no_guards() -> None:
    with unguarded():
        assert len(missing_guards()) >= len(guards()) - len(audited_models())
    assert missing_guards() == []


@pytest.mark.once
@pytest.mark.django_db
def test_versions_whose_numbers_may_double_on_sqlite_are_missed() -> None:
    run(f"CREATE TABLE copied AS SELECT * FROM {VERSIONS}")
    run(f"DROP TABLE {VERSIONS}")
    run(f"ALTER TABLE copied RENAME TO {VERSIONS}")
    assert "historicalstore_number" in missing_guards()
    install_guards()
    assert missing_guards() == []
