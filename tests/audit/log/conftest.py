"""A log of its own for each test: a key, two anchors, and a way to seal all there is."""

from pathlib import Path

import pytest
from django.conf import LazySettings

from backoffice.audit.log.notes import SigningKey
from tests.audit.log.sealed import NODEFUL, seal_a_little
from tests.cast import Cast


@pytest.fixture(autouse=True)
def log_settings(settings: LazySettings, tmp_path: Path) -> LazySettings:
    """A new key, two folders as anchors, and a checkpoint whenever there is something new."""
    settings.AUDIT_SIGNING_KEYS = [SigningKey.new("desk.example.com/history").written()]
    settings.AUDIT_PUBLIC_KEYS = []
    settings.AUDIT_ANCHORS = [f"file:{tmp_path / 'first'}", f"file:{tmp_path / 'second'}"]
    settings.AUDIT_CHECKPOINT_SECONDS = 0
    return settings


@pytest.fixture
def sealed(cast: Cast) -> Cast:
    """The cast, with some history under three checkpoints."""
    seal_a_little(cast)
    return cast


@pytest.fixture
def grown(cast: Cast) -> Cast:
    """The same with a whole node."""
    seal_a_little(cast, NODEFUL)
    return cast
