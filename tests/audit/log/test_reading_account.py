"""An auditor's own account on PostgreSQL, which may read and nothing else, verifies history by itself."""

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import LazySettings
from django.db import connection

from backoffice.audit.log.keys import public_keys
from backoffice.audit.log.models import Leaf
from tests.audit.log.tampering import tamper
from tests.cast import Cast
from tests.faults.install import HOME
from tests.faults.test_sealing_killed import database_url

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
NAME = f"history_reader_{os.getpid()}"
# As docs/how-to/audit-log.md has it.
MADE = (
    f"CREATE ROLE {NAME} LOGIN PASSWORD 'reads'",
    f"ALTER ROLE {NAME} SET default_transaction_read_only = on",
    f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {NAME}",
)


@pytest.fixture
def reader(sealed: Cast) -> Iterator[str]:
    """The address of the database for somebody who may only read."""
    with connection.cursor() as cursor:
        for statement in MADE:
            cursor.execute(statement)
        cursor.execute(f"GRANT CONNECT ON DATABASE {connection.settings_dict['NAME']} TO {NAME}")
    url = urlsplit(database_url())
    place = url.netloc.rpartition("@")[2]
    yield url._replace(netloc=f"{NAME}:reads@{place}").geturl()
    with connection.cursor() as cursor:
        cursor.execute(f"DROP OWNED BY {NAME}")
        cursor.execute(f"DROP ROLE {NAME}")


def verify_as(reader: str, settings: LazySettings, folder: Path) -> tuple[int, str]:
    """What the command says on a machine of the auditor's, where no signing key is."""
    done = subprocess.run(
        [sys.executable, "manage.py", "verify_history"],
        cwd=HOME,
        env={
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "DATA_DIR": str(folder),
            "DATABASE_URL": reader,
            "AUDIT_PUBLIC_KEYS": ",".join(map(str, public_keys())),
            "AUDIT_ANCHORS": ",".join(settings.AUDIT_ANCHORS),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_an_account_that_may_only_read_verifies(
    reader: str, settings: LazySettings, tmp_path: Path
) -> None:
    with psycopg.connect(reader) as own:
        assert own.execute("SELECT session_user").fetchone() == (NAME,)
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            own.execute("UPDATE merchants_store SET name = 'Mine'")
        own.rollback()
        own.execute("SET TRANSACTION READ WRITE")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            own.execute("UPDATE merchants_store SET name = 'Mine'")
    code, told = verify_as(reader, settings, tmp_path)
    assert (code, f"{Leaf.objects.count()} leaves, 3 checkpoints up to" in told) == (0, True), told
    tamper("forge_actor", random.Random(1), thorough=True)
    code, told = verify_as(reader, settings, tmp_path)
    assert code == 1
    assert "was rewritten in actor_name (leaf " in told
