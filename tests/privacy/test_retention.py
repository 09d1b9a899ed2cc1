"""Retention: rules as data, a dry run that deletes nothing, and a pass that stops at nothing but a hold."""

from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localdate

from backoffice.actors import INSTALLER, person, system
from backoffice.audit.recording import recorded
from backoffice.audit.verify import verify
from backoffice.clock import now
from backoffice.privacy import retention
from backoffice.privacy.models import PersonKey
from backoffice.privacy.rules import RetentionPass, RetentionRule
from orders.models import ImportProfile, Order, OrderImport
from refunds.models import Evidence
from refunds.workflow import perform
from tests.cast import Cast
from tests.privacy.reading import page
from tests.refunds.factories import make_case, make_order
from tests.refunds.files import photo

YEARS = timedelta(days=1200)


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    cache.clear()


def withdrawn(cast: Cast, ago: timedelta = YEARS) -> Order:
    """An order of long ago whose only case, with a picture, was withdrawn."""
    with time_machine.travel(now() - ago):
        order = make_order(cast.a)
        case = make_case(order, cast.staff)
        perform("attach", case_id=case.pk, actor=person(cast.staff), file=photo())
        perform("withdraw", case_id=case.pk, actor=person(cast.staff))
    return order


def due(code: str) -> tuple[int, int]:
    found = {entry.holding.code: entry for entry in retention.dry_run()}[code]
    return found.due, found.held


def uploaded(cast: Cast, state: str, ago: timedelta) -> OrderImport:
    name = default_storage.save("orderimport/x", ContentFile(b"Order number\n1\n"))
    with time_machine.travel(now() - ago), recorded(system(INSTALLER), "A file of long ago."):
        return OrderImport.objects.create(
            store=cast.a, profile=ImportProfile.objects.all()[0], file=name, file_name="orders.csv",
            sha256="0" * 64, size=15, state=state, uploaded_by=cast.manager,
        )  # fmt: skip


def test_a_dry_run_counts_and_deletes_nothing(client: Client, cast: Cast) -> None:
    withdrawn(cast)
    withdrawn(cast, timedelta(days=10))
    assert due("refunds.evidence") == (1, 0)
    assert due("orders.buyer") == (1, 0)
    out = StringIO()
    call_command("apply_retention", "--dry-run", stdout=out)
    assert "refunds.evidence (1095 days): 1 would go, 0 held back." in out.getvalue()
    text = page(client, cast.platform, "backoffice_retentionrule_due")
    assert "Civil Code, article 188" in text
    assert Evidence.objects.exclude(file="").count() == 2
    assert not RetentionPass.objects.exists()
    assert not PersonKey.objects.exclude(destroyed_at=None).exists()


def test_a_pass_deletes_what_is_over_and_says_so(cast: Cast) -> None:
    old, young = withdrawn(cast), withdrawn(cast, timedelta(days=10))
    assert retention.apply()["refunds.evidence"] == 1
    gone = PersonKey.objects.exclude(destroyed_at=None)
    assert [key.subject for key in gone] == [old.buyer.data_subject.name]
    assert [row.case.order_id for row in Evidence.objects.exclude(file="")] == [young.pk]
    made = RetentionPass.objects.get(rule__what="orders.buyer")
    assert (made.done, made.ended_at is not None) == (1, True)
    version = made.history.latest()
    assert version.history_user == system("timer").user
    assert version.history_change_reason == retention.OVER
    assert verify().findings == []
    assert retention.apply_now_and_then() is not None
    assert retention.apply_now_and_then() is None  # once a day
    assert RetentionPass.objects.count() == 2


def test_files_go_when_their_time_is_over_and_their_runs_stay(cast: Cast) -> None:
    old = uploaded(cast, "applied", YEARS)
    waiting = uploaded(cast, "checked", YEARS)
    young = uploaded(cast, "applied", timedelta(days=1))
    assert retention.apply()["orders.orderimport"] == 1
    kept = {run.pk for run in OrderImport.objects.exclude(file="")}
    assert kept == {waiting.pk, young.pk}
    assert not default_storage.exists(old.file.name)
    assert default_storage.exists(waiting.file.name)
    version = old.history.latest()
    assert (version.file, version.history_change_reason) == ("", retention.OVER)


def test_a_hold_keeps_what_a_rule_would_delete(cast: Cast) -> None:
    order = withdrawn(cast)
    case = order.cases.get()
    perform("complain", case_id=case.pk, actor=person(cast.staff), words="Nobody answers.")
    assert due("refunds.evidence") == (0, 1)
    assert due("orders.buyer") == (0, 1)
    retention.apply()
    assert Evidence.objects.exclude(file="").count() == 1
    assert not PersonKey.objects.exclude(destroyed_at=None).exists()


def test_a_pass_that_was_killed_goes_on_where_it_was(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "CHUNK", 1)
    for _n in range(3):
        uploaded(cast, "applied", YEARS)
    holding = {each.code: each for each in retention.holdings()}["orders.orderimport"]
    rule = retention.in_force(holding.code, "delete")
    assert rule is not None
    chunks = retention._chunks(holding, rule)
    with recorded(system("timer"), retention.OVER, "retention"):
        holding.delete(next(chunks))  # and then the process dies
    assert OrderImport.objects.filter(file="").count() == 1
    assert retention.apply()["orders.orderimport"] == 2
    assert OrderImport.objects.exclude(file="").count() == 0


def test_the_platform_changes_a_rule_by_a_newer_one(client: Client, cast: Cast) -> None:
    client.force_login(cast.platform)
    address = reverse("admin:backoffice_retentionrule_add")
    form = {
        "what": "refunds.evidence", "effect": "delete", "days": "30", "ground": "Less is more.",
        "starts_on": str(localdate(now()) + timedelta(days=1)), "change_reason": "Counsel's advice.",
    }  # fmt: skip
    past = {**form, "starts_on": str(localdate(now()) - timedelta(days=1))}
    assert "A rule begins today or later." in client.post(address, past).content.decode()
    assert client.post(address, form).status_code == 302
    rule = RetentionRule.objects.get(days=30, effect="delete")
    version = rule.history.get()
    assert (version.history_user, version.history_change_reason) == (
        cast.platform,
        "Counsel's advice.",
    )
    current = retention.in_force("refunds.evidence", "delete")
    assert current is not None
    assert current.days == 1095
    with time_machine.travel(now() + timedelta(days=2)):
        assert retention.in_force("refunds.evidence", "delete") == rule
    client.force_login(cast.manager)
    assert client.get(address).status_code == 403


def test_a_rule_that_has_ended_deletes_nothing(cast: Cast) -> None:
    withdrawn(cast)
    with recorded(system(INSTALLER), "No longer."):
        for what in ("refunds.evidence", "orders.buyer"):
            rule = retention.in_force(what, "delete")
            assert rule is not None
            rule.days = None
            rule.save()
    assert due("refunds.evidence") == (0, 0)
    assert "refunds.evidence" not in retention.apply()


@pytest.mark.parametrize(
    ("what", "effect", "days", "words"),
    [
        (
            "refunds.evidence",
            "delete",
            3,
            "Work can be taken up again that needs it: choose 15 days",
        ),
        ("orders.buyer", "delete", 29, "Another rule has it kept for at least 30 days."),
        ("refunds.evidence", "keep", 2000, "Another rule has it deleted after 1095 days"),
        ("refunds.evidence", "keep", 1095, ""),
        ("refunds.evidence", "delete", 15, ""),
    ],
)
def test_a_rule_is_refused_that_takes_what_is_needed_or_says_the_opposite(
    client: Client, cast: Cast, what: str, effect: str, days: int, words: str
) -> None:
    client.force_login(cast.platform)
    form = {
        "what": what, "effect": effect, "days": str(days), "ground": "Less is more.",
        "starts_on": str(localdate(now()) + timedelta(days=1)), "change_reason": "Counsel's advice.",
    }  # fmt: skip
    response = client.post(reverse("admin:backoffice_retentionrule_add"), form)
    assert response.status_code == (200 if words else 302)
    assert words in response.content.decode()
    assert RetentionRule.objects.filter(days=days).exists() is not bool(words)


def test_a_pass_leaves_what_is_needed_whatever_its_rule_says(cast: Cast) -> None:
    withdrawn(cast, timedelta(days=20))
    withdrawn(cast, timedelta(days=10))
    rule = retention.in_force("refunds.evidence", "delete")
    assert rule is not None
    with recorded(system(INSTALLER), "Past all forms."):
        rule.days = 0
        rule.save()
    assert due("refunds.evidence") == (1, 0)
    with recorded(system(INSTALLER), "Kept for a trial."):
        RetentionRule.objects.create(
            what="refunds.evidence",
            effect="keep",
            days=25,
            ground="A trial.",
            starts_on=rule.starts_on,
        )
    assert due("refunds.evidence") == (0, 0)
    assert retention.apply()["refunds.evidence"] == 0
    assert Evidence.objects.exclude(file="").count() == 2
