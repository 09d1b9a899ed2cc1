"""The verifier finds what went around history."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from backoffice.actors import person
from backoffice.audit.chains import say_numbers
from backoffice.audit.findings import Findings
from backoffice.audit.recording import recorded
from merchants.models import Store, Supplier
from tests.cast import Cast
from tests.flushing import unguarded

VERSIONS = "merchants_historicalstore"


def test_a_whole_history_verifies(cast: Cast) -> None:
    out = StringIO()
    call_command("verify_history", "--json", stdout=out)
    report = json.loads(out.getvalue())
    assert report["findings"] == []
    assert report["rows"] >= 10


def test_an_edit_past_history_is_found_to_the_field(cast: Cast) -> None:
    with unguarded(), connection.cursor() as cursor:
        cursor.execute("UPDATE merchants_store SET name = 'Renamed' WHERE id = %s", [cast.a.pk])
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("verify_history", stdout=out)
    assert f"merchants.Store {cast.a.pk} differs from its last version in name" in out.getvalue()


def test_a_row_without_versions_is_found(cast: Cast) -> None:
    with unguarded():
        Store.history.filter(id=cast.b.pk)._raw_delete("default")
    with pytest.raises(CommandError):
        call_command("verify_history", stdout=StringIO())


def tampered(statement: str) -> str:
    """What the verifier says after the owner of the database ran ``statement``."""
    with unguarded(), connection.cursor() as cursor:
        cursor.execute(statement)
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("verify_history", stdout=out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("history_change_reason", "reason"),
        ("actor_name", "name of its actor"),
        ("source", "source"),
    ],
)
def test_a_version_that_does_not_say_who_or_why_is_found(
    cast: Cast, column: str, words: str
) -> None:
    said = tampered(f"UPDATE {VERSIONS} SET {column} = '' WHERE id = {cast.a.pk}")
    assert said.splitlines()[0] == f"merchants.Store {cast.a.pk} has version 1 without {words}"


@pytest.mark.parametrize(
    ("number", "to", "words"),
    [
        (2, 9, "lacks version 2, 4, 5, 6, 7, 8"),
        (1, -1, "has an impossible version -1"),
    ],
)
def test_a_number_that_is_missing_or_impossible_is_found(
    cast: Cast, number: int, to: int, words: str
) -> None:
    saved_twice(cast)
    row = f"id = {cast.a.pk} AND history_number = {number}"
    said = tampered(f"UPDATE {VERSIONS} SET history_number = {to} WHERE {row}")
    assert f"merchants.Store {cast.a.pk} {words}" in said


def test_a_version_that_was_taken_away_is_found(cast: Cast) -> None:
    saved_twice(cast)
    said = tampered(f"DELETE FROM {VERSIONS} WHERE id = {cast.a.pk} AND history_number = 2")
    assert said.splitlines()[0] == f"merchants.Store {cast.a.pk} lacks version 2"


@pytest.mark.once
def test_a_number_that_is_there_twice_is_told() -> None:
    """Where the index is gone that would refuse it."""
    found = Findings()
    say_numbers("merchants.Store", 7, [1, 2, 2, 4], found)
    assert [one.problem for one in found.kept] == ["lacks version 3", "has version 2 twice"]


def test_a_row_that_is_gone_is_found_by_its_versions(cast: Cast) -> None:
    with recorded(person(cast.manager), "Somebody to lose."):
        lost = Supplier.objects.create(merchant=cast.merchant, code="lost", name="Lost")
    said = tampered(f"DELETE FROM merchants_supplier WHERE id = {lost.pk}")
    assert said.splitlines()[0] == f"merchants.Supplier {lost.pk} is gone, but has versions"


def saved_twice(cast: Cast) -> None:
    for _time in range(2):
        with recorded(person(cast.platform), "The shop moved."):
            cast.a.save()
