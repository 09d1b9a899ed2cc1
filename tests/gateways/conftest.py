"""A sandbox that this process pays through, with waits that a test can live with."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from refunds.gateways import accounts
from tests.gateways.provider import KEY, Provider


@pytest.fixture
def provider(tmp_path: Path, settings: Any) -> Iterator[Provider]:
    """The sandbox of one test."""
    sandbox = Provider(tmp_path).start()
    settings.GATEWAYS = ["sandbox:demo"]
    settings.GATEWAY_DEFAULTS = {"SANDBOX_DEMO_URL": sandbox.url, "SANDBOX_DEMO_KEY": KEY}
    accounts.forget()
    yield sandbox
    sandbox.stop()
    accounts.forget()
