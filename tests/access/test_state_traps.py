"""Traps of the state machine and of history: what their own pages would let anybody do."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse
from django_fsm import FSMField

from tests.access.asking import CASES, get, post
from tests.access.walker import Walker

pytestmark = [pytest.mark.once, pytest.mark.django_db]


def test_no_page_uses_the_state_machine_s_own_admin_and_every_state_is_protected() -> None:
    names = {base.__name__ for page in admin.site._registry.values() for base in type(page).__mro__}
    assert not {name for name in names if name.startswith("FSM")}
    fields = [f for m in apps.get_models() for f in m._meta.fields if isinstance(f, FSMField)]
    assert len([f for f in fields if not hasattr(f.model, "instance_type")]) >= 4
    assert all(f.protected for f in fields if not hasattr(f.model, "instance_type"))


@pytest.mark.parametrize(
    "name",
    ["auto_approve", "auto_accept", "lapse", "hold", "refund", "compensate", "approve_return"],
)
def test_a_hidden_transition_cannot_be_posted(walker: Walker, name: str) -> None:
    case = walker.world.row("a", "refundcase")
    for who in ("staff", "manager", "finance", "platform"):
        answer = post(
            walker, who, f"{CASES}{case.pk}/do/{name}/", version=case.version, note="x", why="x"
        )
        assert (answer.status, answer.written) == (404, {})


def test_a_forged_form_of_the_state_machine_s_admin_changes_nothing(walker: Walker) -> None:
    case = walker.world.row("a", "refundcase")
    for key in ("_state-approve", "_fsmtransition-state-refund", "_fsmtransition-state-approve"):
        answer = post(
            walker, "manager", f"{CASES}{case.pk}/change/", **{key: "1", "state": "refunded"}
        )
        assert (answer.status, answer.written) == (405, {})


def test_nobody_reverts_a_version_by_its_page(walker: Walker) -> None:
    case = walker.world.row("a", "refundcase")
    version = case.history.latest("history_id").pk
    for path in (
        f"{CASES}{case.pk}/history/{version}/",
        f"{CASES}{case.pk}/history/{version}/change/",
    ):
        for send in (get, post):
            answer = send(walker, "auditor", path, state="refunded", _save="1")
            assert (answer.status in (302, 404), answer.written) == (True, {})
            if answer.status == 302:
                assert get(walker, "auditor", answer.headers["Location"]).status == 404
    assert post(walker, "auditor", f"{CASES}{case.pk}/history/", state="x").status == 405


def test_history_knows_no_row_of_another_store(walker: Walker) -> None:
    for model in (
        "refunds_refundcase",
        "orders_order",
        "merchants_store",
        "refunds_payout",
        "merchants_supplier",
    ):
        row = walker.world.row("b", model.split("_")[1])
        assert (
            get(walker, "manager", reverse(f"admin:{model}_history", args=[row.pk])).status == 404
        )
