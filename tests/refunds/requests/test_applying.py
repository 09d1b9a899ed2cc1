"""A checked file is applied as a whole, by whom it may, and rules decide what it opened."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from backoffice.actors import IMPORTER, INSTALLER, person, system
from backoffice.audit.recording import recorded
from backoffice.bulk.jobs import look_for_work
from backoffice.bulk.runs import confirm
from backoffice.clock import now
from backoffice.exceptions import NotAllowed
from merchants.models import Membership, Store
from orders.models import Order
from refunds.models import InstantRule, RefundCase, RequestImport
from refunds.requests import loading, rules
from tests.cast import Cast, make_cast
from tests.refunds.factories import make_case, make_order
from tests.refunds.money import give_role
from tests.refunds.requests.files import check, load, row, step, table

pytestmark = pytest.mark.django_db


def test_what_changed_since_the_check_refuses_the_file_as_a_whole(cast: Cast) -> None:
    order, other = make_order(cast.a, (1, "10.00")), make_order(cast.a)
    run = check(cast.a, table(row(order), row(other, number="R2")))
    make_case(order, cast.staff)
    run = step(confirm(run, actor=system(IMPORTER)))
    assert (run.state, RefundCase.objects.count()) == ("refused", 1)
    assert "Nothing was applied." in run.message


def test_who_may_no_longer_open_cases_has_no_file_applied(cast: Cast) -> None:
    run = check(cast.a, table(row(make_order(cast.a))), actor=person(cast.manager))
    run = confirm(run, actor=person(cast.manager))
    held = Membership.objects.get(user=cast.manager)
    with recorded(system(INSTALLER), "Left."):
        held.active = False
        held.save()
    run = step(run)
    assert (run.state, run.message) == ("refused", "Your role does not allow this in this store.")
    assert not RefundCase.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_apply_that_dies_half_way_leaves_nothing_and_works_the_next_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cast = make_cast()
    orders = [make_order(cast.a) for _ in range(4)]
    content = table(*[row(order, number=f"R{n}") for n, order in enumerate(orders)])
    run = confirm(check(cast.a, content), actor=system(IMPORTER))
    monkeypatch.setattr(loading, "PAGE", 2)
    whole, pages = loading.open_set, []

    def die(store: Store, ready: Any) -> Any:
        pages.append(len(ready))
        if len(pages) == 2:
            assert RefundCase.objects.count() == 2
            raise RuntimeError("killed")
        return whole(store, ready)

    monkeypatch.setattr(loading, "open_set", die)
    step(run)
    assert (RefundCase.objects.count(), RefundCase.history.count()) == (0, 0)
    monkeypatch.setattr(loading, "open_set", whole)
    assert look_for_work() == 1
    assert RequestImport.objects.get().state == "applied"
    assert (RefundCase.objects.count(), RefundCase.history.count()) == (4, 4)


def test_rules_approve_what_the_file_opened_and_each_case_once(cast: Cast) -> None:
    with recorded(system(INSTALLER), "For a test."):
        InstantRule.objects.create(
            store=cast.a, name="Small", kind="refund_only", photo_needed=False, most_amount=30,
            highest_risk="high", most_cases=9, valid_from=now() - timedelta(days=1),
        )  # fmt: skip
    small, large = make_order(cast.a, (1, "20.00")), make_order(cast.a, (1, "200.00"))
    back = make_order(cast.a, (1, "20.00"))
    run = load(
        cast.a,
        table(row(small), row(large, number="R2"), row(back, number="R3", kind="return_refund", reason="C05")),
    )  # fmt: skip
    assert rules.look_for_untried() == 1
    states = dict(RefundCase.objects.values_list("external_number", "state"))
    assert states == {"R1": "reviewed", "R2": "requested", "R3": "requested"}
    case = RefundCase.objects.get(external_number="R1")
    assert case.history.latest("history_id").actor_name == "rules"
    assert RequestImport.objects.get(pk=run.pk).rules_tried_at is not None
    versions = case.history.count()
    assert rules.look_for_untried() == 0
    rules.try_on_file(RequestImport.objects.get(pk=run.pk))
    assert case.history.count() == versions


def test_rules_are_not_tried_once_the_day_has_no_room(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    with recorded(system(INSTALLER), "For a test."):
        InstantRule.objects.create(
            store=cast.a, name="Small", kind="refund_only", photo_needed=False, most_amount=30,
            highest_risk="high", most_cases=99, valid_from=now() - timedelta(days=1),
        )  # fmt: skip
        cast.a.daily_cap_count = 2
        cast.a.save()
    monkeypatch.setattr(rules, "PAGE", 1)
    orders = [make_order(cast.a, (1, "20.00")) for _ in range(4)]
    load(cast.a, table(*[row(order, number=f"R{n}") for n, order in enumerate(orders)]))
    tried: list[int] = []
    whole = rules.try_rules

    def watched(case: RefundCase) -> RefundCase:
        tried.append(case.pk)
        return whole(case)

    monkeypatch.setattr(rules, "try_rules", watched)
    rules.look_for_untried()
    assert (len(tried), RefundCase.objects.filter(state="reviewed").count()) == (2, 2)


def run_command(*args: Any) -> str:
    out = io.StringIO()
    call_command("import_requests", *args, stdout=out)
    return out.getvalue()


@pytest.mark.once
def test_the_command_applies_a_file_and_prints_the_counts(cast: Cast, tmp_path: Any) -> None:
    order = make_order(cast.a, (2, "10.00"))
    file = tmp_path / "requests.csv"
    file.write_bytes(table(row(order), row(order, number="R2", sku="X")))
    dry = run_command(file, "--store", "a", "--dry-run")
    assert "Checked only: nothing was written." in dry
    assert not RefundCase.objects.exists()
    told = run_command(file, "--store", "a")
    assert f"Row 3, SKU: Order {order} has no article X, or too few lines of it." in told
    assert "       1 refund cases opened" in told
    assert RefundCase.objects.get().history.get().actor_name == "importer"
    with pytest.raises(CommandError, match="The very same file was applied"):
        run_command(file, "--store", "a")
    for args, sentence in (
        ((file, "--store", "zzz"), "There is no store with the code “zzz”."),
        ((tmp_path / "none.csv", "--store", "a"), "cannot be read: No such file or directory."),
    ):
        with pytest.raises(CommandError, match=sentence):
            run_command(*args)


@pytest.mark.once
def test_a_manager_of_another_store_cannot_confirm(cast: Cast) -> None:
    run = check(cast.a, table(row(make_order(cast.a))))
    elsewhere = give_role(cast, "staff", "manager", cast.b)
    for user in (cast.auditor, elsewhere, cast.finance):
        with pytest.raises(NotAllowed):
            confirm(run, actor=person(user))
    assert Order.objects.count() == 1
