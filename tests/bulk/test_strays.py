"""Files that no row names, left by a killed process: swept after a day, and no other."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.core.management import call_command

from backoffice import strays
from backoffice.clock import now
from orders.models import OrderImport
from tests.cast import Cast
from tests.exporting.taking import made_for
from tests.orders.files import check, row, table

pytestmark = pytest.mark.once


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    """An empty folder in place of the one that all tests share."""
    kept: dict[str, Any] = {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    kept["OPTIONS"] = {"location": tmp_path, "base_url": None}
    settings.STORAGES = {**settings.STORAGES, "default": kept, "evidence": kept}
    return tmp_path


def put(path: Path) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text("half a file")
    return path


def test_what_no_row_names_is_swept_after_a_day(
    cast: Cast, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cache.clear()
    kept = [made_for(cast.manager, "orders.order", "csv").file.name]
    kept.append(check(cast.a, table(row())).file.name)
    old = [put(folder / "exportrun" / "old"), put(folder / OrderImport._meta.model_name / "old")]
    young, other = put(folder / "exportrun" / "young"), put(folder / "somebody" / "else")
    day_ago = (now() - timedelta(days=1, minutes=1)).timestamp()
    for path in (*old, other, *(folder / name for name in kept)):
        os.utime(path, (day_ago, day_ago))
    assert strays.sweep_now_and_then() == 2
    assert [path.exists() for path in old] == [False, False]
    assert [path.exists() for path in (young, other)] == [True, True]
    assert all(default_storage.exists(name) for name in kept)
    assert strays.sweep_now_and_then() is None  # not yet again
    os.utime(young, (day_ago, day_ago))
    call_command("sweep_files")
    assert capsys.readouterr().out == "files: 1 deleted\n"
