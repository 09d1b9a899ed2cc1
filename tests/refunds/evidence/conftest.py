"""A case to show something for, and a folder of its own for the files."""

from pathlib import Path
from typing import Any

import pytest

from refunds.models import RefundCase
from tests.cast import Cast
from tests.refunds.factories import make_case, make_order


@pytest.fixture
def case(cast: Cast) -> RefundCase:
    return make_case(make_order(cast.a), cast.staff)


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    """An empty folder in place of the one that all tests share."""
    options = {"location": tmp_path, "base_url": None}
    backend = "django.core.files.storage.FileSystemStorage"
    strict = {**options, "file_permissions_mode": 0o600, "directory_permissions_mode": 0o700}
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": backend, "OPTIONS": options},
        "evidence": {"BACKEND": backend, "OPTIONS": strict},
    }
    return tmp_path
