"""The verifier finds what went around history."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from merchants.models import Store
from tests.cast import Cast
from tests.flushing import unguarded


def test_a_whole_history_verifies(cast: Cast) -> None:
    out = StringIO()
    call_command("verify_history", "--json", stdout=out)
    report = json.loads(out.getvalue())
    assert report["findings"] == []
    assert report["rows"] >= 10


def test_an_edit_past_history_is_found_to_the_field(cast: Cast) -> None:
    with connection.cursor() as cursor:
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


def test_a_version_without_a_reason_is_found(cast: Cast) -> None:
    with unguarded(), connection.cursor() as cursor:
        cursor.execute("UPDATE merchants_historicalstore SET history_change_reason = ''")
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("verify_history", stdout=out)
    assert "without actor or reason" in out.getvalue()
