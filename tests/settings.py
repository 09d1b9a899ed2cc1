"""The product's settings for its tests: data of their own, and a password hash that costs nothing."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="backoffice-tests-")
atexit.register(shutil.rmtree, os.environ["DATA_DIR"], ignore_errors=True)
for name in (
    "DEBUG",
    "SECRET_KEY",
    "ALLOWED_HOSTS",
    "CELERY_BROKER_URL",
    "AUDIT_ALARM_MAIL",
    "AUDIT_ANCHORS",
    "AUDIT_PUBLIC_KEYS",
    "AUDIT_SIGNING_KEY",
    "AUDIT_SIGNING_KEY_FILE",
    "AUDIT_VERIFY_ALL_AT",
    "AUDIT_VERIFY_NEW_MINUTES",
    "CACHE_URL",
    "TICK_SECONDS",
    "PRIVACY_KEY",
    "PRIVACY_KEY_FILE",
):
    os.environ.pop(name, None)

from backoffice.settings import *  # noqa: E402, F403 - the environment had to be set before
from backoffice.settings import DATABASES  # noqa: E402 - as the variables above say

AUDIT_SIGNING_KEY_FILE = ""  # nobody signs, but in the tests of the log
DATABASE_CLOCK = False  # tests travel in time, and PostgreSQL's clock stays behind
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# A file, not memory: only a file has the write-ahead log and the locks of the real thing.
DATABASES["default"]["TEST"] = (
    {"NAME": str(Path(os.environ["DATA_DIR"]) / "test.sqlite3")}
    if DATABASES["default"]["ENGINE"].endswith("sqlite3")
    else {}
)
