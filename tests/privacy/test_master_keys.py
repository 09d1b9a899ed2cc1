"""Where the master key comes from, and how one takes another's place."""

import base64
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

from backoffice import env
from backoffice.privacy.checks import a_master_key_is_set
from backoffice.privacy.keys import Subject, clear, seal

OLD, NEW = b"o" * 32, b"n" * 32
WHO = Subject("buyer 7/LIN", 7)


def written(*keys: bytes) -> str:
    return ",".join(base64.b64encode(key).decode() for key in keys)


def test_keys_come_from_the_variable_or_its_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "keys"
    file.write_text(written(NEW, OLD).replace(",", "\n"))
    assert env.keys("PRIVACY_KEY", kept_in=str(file), made_in=None) == [NEW, OLD]
    monkeypatch.setenv("PRIVACY_KEY", written(OLD))
    assert env.keys("PRIVACY_KEY", kept_in="", made_in=None) == [OLD]


def test_with_debug_on_a_key_is_made_once_for_this_account_alone(tmp_path: Path) -> None:
    file = tmp_path / "privacy.key"
    made = env.keys("PRIVACY_KEY", kept_in="", made_in=file)
    assert env.keys("PRIVACY_KEY", kept_in="", made_in=file) == made
    assert len(made[0]) == 32
    assert file.stat().st_mode & 0o777 == 0o600
    assert env.keys("PRIVACY_KEY", kept_in="", made_in=None) == []


@pytest.mark.parametrize("bad", ["not a key", "c2hvcnQ=", f"{written(OLD)},x"])
def test_what_is_no_key_stops_the_start_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, bad: str
) -> None:
    monkeypatch.setenv("PRIVACY_KEY", bad)
    with pytest.raises(ImproperlyConfigured, match="not 32 bytes in base64") as caught:
        env.keys("PRIVACY_KEY", kept_in="", made_in=None)
    assert bad not in str(caught.value)


def test_a_file_that_cannot_be_read_stops_the_start() -> None:
    with pytest.raises(ImproperlyConfigured, match="cannot be read"):
        env.keys("PRIVACY_KEY", kept_in="/nowhere/privacy.key", made_in=None)


def test_the_check_for_production_wants_a_key_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [found.id for found in a_master_key_is_set(None)] == ["privacy.E001"]
    monkeypatch.setenv("PRIVACY_KEY", written(NEW))
    assert a_master_key_is_set(None) == []


@pytest.mark.django_db
def test_a_new_master_key_takes_the_place_of_the_old_one(settings: Any) -> None:
    settings.PRIVACY_KEYS = [OLD]
    value = seal("Lin", WHO)
    settings.PRIVACY_KEYS = [NEW, OLD]
    out = StringIO()
    call_command("rotate_privacy_key", stdout=out)
    assert out.getvalue().startswith("1 keys")
    settings.PRIVACY_KEYS = [NEW]
    assert clear(value) == "Lin"
    settings.PRIVACY_KEYS = [OLD]  # as whoever kept the old one with an old backup
    with pytest.raises(ImproperlyConfigured, match="not among those"):
        clear(value)
