"""Settings from the environment: what is wrong is said in a sentence, and nothing starts."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from backoffice import env

HOME = Path(__file__).resolve().parent.parent
STRONG = "k9-" + "aZ3xQ7wE" * 8


@pytest.mark.parametrize("word", ["1", "true", "YES", " on "])
def test_yes_is_understood(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setenv("SWITCH", word)
    assert env.flag("SWITCH", default=False) is True


@pytest.mark.parametrize("word", ["0", "false", "No", "off", ""])
def test_no_is_understood(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setenv("SWITCH", word)
    assert env.flag("SWITCH", default=True) is False


def test_what_is_not_set_has_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ABSENT", raising=False)
    assert env.flag("ABSENT", default=True) is True
    assert env.number("ABSENT", 7) == 7
    assert env.text("ABSENT", "as it was") == "as it was"
    assert env.listing("ABSENT") == []


def test_a_list_is_split_at_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAMES", "a.example.com, b.example.com,,")
    assert env.listing("NAMES") == ["a.example.com", "b.example.com"]


@pytest.mark.parametrize(
    ("name", "value", "read", "sentence"),
    [
        (
            "DEBUG",
            "maybe",
            lambda: env.flag("DEBUG", default=False),
            "DEBUG is 'maybe'. Set it to 1 or 0.",
        ),
        (
            "PORT",
            "http",
            lambda: env.number("PORT", 1),
            "PORT is 'http'. Set it to a whole number.",
        ),
        ("SECRET_KEY", "", lambda: env.secret("SECRET_KEY", debug=False), "SECRET_KEY is missing."),
        (
            "SECRET_KEY",
            "short",
            lambda: env.secret("SECRET_KEY", debug=False),
            "SECRET_KEY is too weak.",
        ),
        (
            "SECRET_KEY",
            "ab" * 40,
            lambda: env.secret("SECRET_KEY", debug=False),
            "SECRET_KEY is too weak.",
        ),
        (
            "SECRET_KEY",
            "development-only-" + STRONG,
            lambda: env.secret("SECRET_KEY", debug=False),
            "SECRET_KEY is too weak.",
        ),
        (
            "ALLOWED_HOSTS",
            "",
            lambda: env.hosts("ALLOWED_HOSTS", debug=False),
            "ALLOWED_HOSTS is empty.",
        ),
        (
            "ALLOWED_HOSTS",
            "desk.example.com",
            lambda: env.hosts("ALLOWED_HOSTS", debug=True),
            "ALLOWED_HOSTS names desk.example.com while DEBUG is on.",
        ),
        (
            "DATABASE_URL",
            "mysql://u:p@h/n",
            lambda: database(),
            "DATABASE_URL starts with 'mysql'.",
        ),
        ("DATABASE_URL", "nonsense", lambda: database(), "DATABASE_URL starts with 'nonsense'."),
        ("BROKER", "nonsense", lambda: broker(), "BROKER starts with 'nonsense'. Use redis://"),
        ("BROKER", "http://host", lambda: broker(), "BROKER starts with 'http'. Use redis://"),
        (
            "DATABASE_URL",
            "postgres://u:p@host:port/n",
            lambda: database(),
            "DATABASE_URL is not a whole",
        ),
        (
            "DATABASE_URL",
            "postgres://u:p@host:5432/",
            lambda: database(),
            "DATABASE_URL is not a whole",
        ),
    ],
)
def test_a_bad_value_is_refused_with_its_name(
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: str,
    read: Callable[[], object],
    sentence: str,
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured) as refused:
        read()
    assert str(refused.value).startswith(sentence)
    assert str(refused.value).endswith((".", "'"))


def broker() -> str:
    """The broker of ``BROKER``."""
    return env.broker("BROKER", default="filesystem://localhost")


def database() -> dict[str, object]:
    """The database of ``DATABASE_URL``."""
    return env.database("DATABASE_URL", default="sqlite:///x.sqlite3")


def test_a_password_is_not_told_with_a_bad_database_url(monkeypatch: pytest.MonkeyPatch) -> None:
    for url in ("postgres://me:hunter2@host:port/name", "mysql://me:hunter2@host/name"):
        monkeypatch.setenv("DATABASE_URL", url)
        with pytest.raises(ImproperlyConfigured) as refused:
            database()
        assert "hunter2" not in str(refused.value)
        assert refused.value.__suppress_context__ or refused.value.__context__ is None


def test_a_postgresql_url_is_taken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "DATABASE_URL", "postgres://desk:p%40ss@db.example.com:5433/refunds?sslmode=require"
    )
    found = database()
    assert found["ENGINE"] == "django.db.backends.postgresql"
    assert (found["HOST"], found["PORT"], found["NAME"]) == ("db.example.com", 5433, "refunds")
    assert (found["USER"], found["PASSWORD"]) == ("desk", "p@ss")
    assert found["OPTIONS"] == {"sslmode": "require"}
    assert found["CONN_HEALTH_CHECKS"] is True


def test_a_strong_key_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", STRONG)
    assert env.secret("SECRET_KEY", debug=False) == STRONG


PROGRAMS = {
    "the command line": ["manage.py", "migrate"],
    "the command line's check": ["manage.py", "check"],
    "the web server's way in": ["-c", "import backoffice.wsgi"],
    "the asynchronous way in": ["-c", "import backoffice.asgi"],
}


@pytest.mark.once
@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS.keys())
@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (
            {"DEBUG": "0", "SECRET_KEY": "", "ALLOWED_HOSTS": "x.example.com"},
            "SECRET_KEY is missing.",
        ),
        (
            {"DEBUG": "0", "SECRET_KEY": "weak", "ALLOWED_HOSTS": "x.example.com"},
            "SECRET_KEY is too weak.",
        ),
        ({"DATABASE_URL": "oracle://db"}, "DATABASE_URL starts with 'oracle'."),
    ],
    ids=["no key", "weak key", "wrong database"],
)
def test_the_sentence_is_all_that_is_printed(
    tmp_path: Path, program: list[str], settings: dict[str, str], sentence: str
) -> None:
    ended = subprocess.run(
        [sys.executable, *program],
        cwd=HOME,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "backoffice.settings",
            "DATA_DIR": str(tmp_path),
            **settings,
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr.startswith(sentence)
    assert ended.stderr.count("\n") == 1
