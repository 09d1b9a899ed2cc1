"""What the docs and the page say about states is what the code does."""

from pathlib import Path

import pytest
from django.conf import settings

from refunds.admin.diagram import PLACES, transitions
from refunds.models import State
from refunds.states import page

DOMAIN = {
    ("requested", "reviewed"),
    ("requested", "awaiting_return"),
    ("awaiting_return", "inspecting"),
    ("inspecting", "reviewed"),
    ("requested", "rejected"),
    ("inspecting", "rejected"),
    ("rejected", "disputed"),
    ("disputed", "reviewed"),
    ("disputed", "rejected"),
    ("requested", "withdrawn"),
    ("awaiting_return", "withdrawn"),
    ("reviewed", "refunded"),
    ("reviewed", "compensated"),
    # Ours: asking again while after-sale time remains, and an appeal that succeeds before money moves.
    ("withdrawn", "requested"),
    ("rejected", "requested"),
    ("reviewed", "rejected"),
}


@pytest.mark.once
def test_the_docs_hold_the_states_as_the_code_has_them() -> None:
    written = (Path(settings.BASE_DIR) / "docs/reference/states.md").read_text(encoding="utf-8")
    assert written == page(), "Run manage.py state_diagrams."


@pytest.mark.once
def test_the_machine_is_the_domains() -> None:
    assert {(source, target) for source, _name, target in transitions()} == DOMAIN


@pytest.mark.once
def test_every_state_has_its_place_on_the_picture() -> None:
    assert set(PLACES) == set(State)
