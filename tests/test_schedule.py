"""What runs by itself is wired: each piece of it is done at a tick, or sent by beat or by what asks for it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from backoffice import tasks
from backoffice.celery import app
from tests.cast import Cast

HOME = Path(__file__).parents[1]
BEAT = {
    "tick": "backoffice.tick",
    "seal": "backoffice.seal",
    "verify": "backoffice.verify_when_due",
}
TICK = [
    "backoffice.exporting.running.look_for_exports",
    "backoffice.audit.log.watching.watch_now_and_then",
    "backoffice.strays.sweep_now_and_then",
    "backoffice.privacy.retention.apply_now_and_then",
    "backoffice.audit.search.indexing.index_at_tick",
    "backoffice.bulk.jobs.look_for_work",
    "orders.uploads.look_for_uploads",
    "refunds.sweep.ticking.sweep_at_tick",
    "refunds.batches.gathering.gather_due",
    "refunds.clocks.reminders.send_reminders",
    "refunds.complaints.ticking.look_at_complaints",
    "refunds.complaints.reminders.remind_of_complaints",
    "refunds.disputes.finality.close_final_verdicts",
    "refunds.disputes.deadlines.tell_now_and_then",
    "refunds.evidence.sweep.sweep_now_and_then",
    "refunds.evidence.sealing.seal_now_and_then",
    "refunds.whatif.running.look_for_replays",
    "refunds.gateways.working.look_for_work",
    "refunds.requests.rules.look_for_untried",
    "refunds.reconciliation.ticking.reconcile_now_and_then",
    "refunds.reconciliation.fetching.look_for_days",
    "refunds.ledger.watching.watch_now_and_then",
    "refunds.payouts.silence.look_now_and_then",
    "refunds.payouts.unknowns.tell_now_and_then",
    "refunds.mailing.mail_now_and_then",
]
BY_A_TASK = [  # what one of beat's tasks does, beside the tick
    "backoffice.audit.log.ticking.seal_at_tick",
    "backoffice.audit.log.running.look_for_verifications",
]
# How a function is called that is done again and again.
AGAIN = re.compile(r".*_now_and_then|.*_at_tick|look_for_.*")


def functions() -> Iterator[tuple[str, ast.FunctionDef, str]]:
    """Every function of the apps' modules, with the module's name and text."""
    for app_name in ("backoffice", "merchants", "orders", "refunds"):
        for file in sorted((HOME / app_name).rglob("*.py")):
            if "migrations" not in file.parts:
                text = file.read_text()
                module = ".".join(file.relative_to(HOME).with_suffix("").parts)
                for node in ast.parse(text).body:
                    if isinstance(node, ast.FunctionDef):
                        yield module, node, text


@pytest.mark.once
def test_beat_sends_what_it_has_to() -> None:
    sent = {name: entry["task"] for name, entry in settings.CELERY_BEAT_SCHEDULE.items()}
    assert sent == BEAT
    assert app.conf.beat_schedule == settings.CELERY_BEAT_SCHEDULE


@pytest.mark.once
def test_each_tick_does_all_that_is_to_be_done_again_and_again() -> None:
    done = [f"{work.__module__}.{work.__qualname__}" for work in tasks._work]
    assert sorted(done) == sorted(TICK)
    named = {
        f"{module}.{node.name}" for module, node, _text in functions() if AGAIN.fullmatch(node.name)
    }
    assert named - {*TICK, *BY_A_TASK} == set(), "nothing calls these"


@pytest.mark.once
def test_every_task_is_sent_by_somebody() -> None:
    found = [(node, text) for _module, node, text in functions() if _is_task(node)]
    names = {_task_name(node) for node, _text in found}
    assert {"backoffice.tick", "refunds.gateways", "refunds.fetch_bookings"} <= names
    sent = "\n".join({text for _module, _node, text in functions()})
    for node, _text in found:
        by_beat = _task_name(node) in BEAT.values()
        assert by_beat or f"{node.name}.apply_async" in sent, f"nobody sends {node.name}"


def _is_task(node: ast.FunctionDef) -> bool:
    return any("shared_task" in ast.unparse(one) for one in node.decorator_list)


def _task_name(node: ast.FunctionDef) -> Any:
    [decorator] = node.decorator_list
    assert isinstance(decorator, ast.Call)
    return ast.literal_eval(decorator.keywords[0].value)


def test_a_tick_does_all_its_work_without_a_failure(cast: Cast, caplog: Any) -> None:
    tasks.tick()
    assert [line for line in caplog.messages if "failed" in line] == []
