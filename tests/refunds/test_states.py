"""What the docs and the page say about states is what the code does."""

from pathlib import Path

import pytest
from django.conf import settings
from django.db.models import Model

from refunds.admin.cases.diagram import PLACES, transitions
from refunds.models import Payout, RefundBatch, State
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
    ("refunded", "reviewed"),  # the bank returned the money
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


PAYOUT = {
    ("queued", "approved"),
    ("queued", "cancelled"),
    ("approved", "sending"),
    ("approved", "sent"),
    ("sending", "sent"),
    ("sending", "unknown"),
    ("sent", "unknown"),
    *((source, answer) for source in ("sending", "sent", "unknown") for answer in ("settled", "failed")),
    ("settled", "returned"),
}  # fmt: skip
BATCH = {
    ("draft", "sealed"),
    ("sealed", "draft"),
    ("draft", "void"),
    ("sealed", "void"),
    ("sealed", "released"),
    ("released", "sent"),
    ("sent", "acknowledged"),
    ("sent", "reconciled"),
    ("acknowledged", "reconciled"),
}


@pytest.mark.once
@pytest.mark.parametrize(("model", "moves"), [(Payout, PAYOUT), (RefundBatch, BATCH)])
def test_money_moves_as_the_domain_says(model: type[Model], moves: set[tuple[str, str]]) -> None:
    field = model._meta.get_field("state")
    found = {(str(t.source), str(t.target)) for t in field.get_all_transitions(model)}
    assert found == moves
