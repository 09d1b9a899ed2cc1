"""The settings as they are really in force: database, passwords, cookies, production."""

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.lint import deploy_check

HOME = Path(__file__).resolve().parent.parent


def read_settings(data: Path, *names: str, **environment: str) -> dict[str, Any]:
    """Settings as a fresh program reads them from ``environment``."""
    code = (
        "import json, sys; from django.conf import settings;"
        "print(json.dumps({name: getattr(settings, name) for name in sys.argv[1:]}, default=str))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *names],
        cwd=HOME,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "backoffice.settings",
            "DATA_DIR": str(data),
        }
        | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(done.stdout))


def production() -> dict[str, str]:
    """The least that a production install sets."""
    return {
        "DEBUG": "0",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ALLOWED_HOSTS": "desk.example.com",
    }


@pytest.mark.once
@pytest.mark.django_db
def test_sqlite_really_has_its_log_its_keys_and_its_patience() -> None:
    with connection.cursor() as cursor:
        values = {}
        for pragma in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout"):
            values[pragma] = cursor.execute(f"PRAGMA {pragma}").fetchone()[0]
    assert values == {
        "journal_mode": "wal",
        "foreign_keys": 1,
        "synchronous": 1,
        "busy_timeout": 20000,
    }
    assert connection.transaction_mode == "IMMEDIATE"


@pytest.mark.postgres
@pytest.mark.django_db
def test_postgresql_is_what_the_second_pass_runs_on() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        assert int(cursor.fetchone()[0]) >= 140000


@pytest.mark.once
def test_the_deploy_check_has_nothing_to_say() -> None:
    assert deploy_check() == []


@pytest.mark.once
def test_production_cookies_travel_over_https_only(tmp_path: Path) -> None:
    names = (
        "SESSION_COOKIE_SECURE",
        "SESSION_COOKIE_HTTPONLY",
        "CSRF_COOKIE_SECURE",
        "CSRF_COOKIE_HTTPONLY",
        "SECURE_SSL_REDIRECT",
    )
    found = read_settings(
        tmp_path, *names, "SESSION_COOKIE_SAMESITE", "SECURE_HSTS_SECONDS", **production()
    )
    assert all(found[name] is True for name in names)
    assert found["SESSION_COOKIE_SAMESITE"] == "Lax"
    assert found["SECURE_HSTS_SECONDS"] >= 31536000


@pytest.mark.once
def test_a_bare_machine_gets_sqlite_and_folders_for_a_broker(tmp_path: Path) -> None:
    found = read_settings(
        tmp_path, "DATABASES", "CELERY_BROKER_URL", "DEBUG", "ALLOWED_HOSTS", "PASSWORD_HASHERS"
    )
    assert found["DATABASES"]["default"]["NAME"] == str(tmp_path / "db.sqlite3")
    assert found["CELERY_BROKER_URL"].startswith("filesystem://")
    assert found["DEBUG"] is True
    assert set(found["ALLOWED_HOSTS"]) == {"localhost", "127.0.0.1", "[::1]"}
    assert found["PASSWORD_HASHERS"][0].endswith("Argon2PasswordHasher")
    assert (tmp_path / "broker" / "queue").is_dir()


@pytest.mark.once
def test_redis_and_rabbitmq_come_from_the_environment(tmp_path: Path) -> None:
    for url in ("redis://queue.example.com:6379/1", "amqp://desk:x@queue.example.com//"):
        assert read_settings(tmp_path, "CELERY_BROKER_URL", CELERY_BROKER_URL=url) == {
            "CELERY_BROKER_URL": url
        }
    assert not (tmp_path / "broker").exists()


@pytest.mark.once
def test_the_worker_knows_every_task_that_beat_sends(tmp_path: Path) -> None:
    """Asked of a fresh program: here other tests have imported what a worker has to find by itself."""
    code = (
        "import json; from backoffice.celery import app; app.loader.import_default_modules();"
        "sent = {entry['task'] for entry in app.conf.beat_schedule.values()};"
        "print(json.dumps([sorted(sent), sorted(sent - set(app.tasks))]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=HOME,
        env={"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    sent, unknown = json.loads(done.stdout)
    assert "backoffice.tick" in sent
    assert unknown == []
