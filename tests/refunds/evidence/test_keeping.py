"""Files of evidence on the disk: whose they are, and that none is there without a row, or a row without its file."""

import hashlib
import os
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from django.core.management import call_command
from django.db import transaction

from backoffice.actors import person
from backoffice.clock import now
from refunds.evidence import sweep
from refunds.models import Evidence, RefundCase
from refunds.workflow import perform
from tests.cast import Cast
from tests.refunds.evidence.showing import content_of
from tests.refunds.files import (
    film,
    pdf,
    photo,
    upload,
)

pytestmark = pytest.mark.once


def test_history_keeps_both_hashes(cast: Cast, case: RefundCase) -> None:
    brought = photo()
    perform("attach", case_id=case.pk, actor=person(cast.staff), file=brought)
    row = Evidence.objects.get()
    version = row.history.get()
    assert version.original_sha256 == hashlib.sha256(photo().read()).hexdigest()
    assert version.sha256 == hashlib.sha256(content_of(row)).hexdigest() != version.original_sha256


def test_the_file_is_readable_by_this_account_alone(
    cast: Cast, case: RefundCase, folder: Path
) -> None:
    perform(
        "attach", case_id=case.pk, actor=person(cast.staff), file=[photo(), upload("a.mp4", film())]
    )
    kept = sorted((folder / "evidence").iterdir())
    assert len(kept) == 3  # a picture, what it looks like small, and a film
    assert {stat.S_IMODE(file.stat().st_mode) for file in kept} == {0o600}
    assert stat.S_IMODE((folder / "evidence").stat().st_mode) == 0o700
    assert all(file.suffix == ".sealed" and len(file.stem) == 32 for file in kept)


def test_a_stray_file_is_swept_after_a_day_and_no_other(
    cast: Cast, case: RefundCase, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def killed() -> None:
        with transaction.atomic():
            perform("attach", case_id=case.pk, actor=person(cast.staff), file=photo())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        killed()
    assert not Evidence.objects.exists()
    perform("attach", case_id=case.pk, actor=person(cast.staff), file=upload("a.pdf", pdf()))
    assert len(list((folder / "evidence").iterdir())) == 3
    assert sweep.sweep() == 0
    day_ago = (now() - timedelta(days=1, minutes=1)).timestamp()
    for file in (folder / "evidence").iterdir():
        os.utime(file, (day_ago, day_ago))
    call_command("sweep_files")
    assert capsys.readouterr().out == "files: 2 deleted\n"
    assert [f"evidence/{file.name}" for file in (folder / "evidence").iterdir()] == [
        Evidence.objects.get().file.name
    ]
    assert content_of(Evidence.objects.get()) == pdf()


def test_no_row_is_ever_without_its_file(
    cast: Cast, case: RefundCase, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = type(storages["evidence"])

    def full(*_args: Any, **_kwargs: Any) -> str:
        raise OSError("No space left on device")

    monkeypatch.setattr(storage, "_save", full)
    with pytest.raises(OSError, match="No space"):
        perform("attach", case_id=case.pk, actor=person(cast.staff), file=photo())
    assert not Evidence.objects.exists()
    assert RefundCase.objects.get(pk=case.pk).version == case.version
