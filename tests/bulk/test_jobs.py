import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connections
from django.db.models import QuerySet

from backoffice.actors import IMPORTER, person, system
from backoffice.bulk import jobs
from backoffice.bulk.jobs import CheckAgain, Findings, carry_on, look_for_work, pulse
from backoffice.bulk.runs import cancel, confirm, dismiss
from backoffice.exceptions import BadInput, NotAllowed, WrongState
from merchants.models import Store
from orders.loading import loader
from orders.models import Order, OrderImport, OrderLine, Payment
from tests.cast import Cast, make_cast
from tests.flushing import rewrite
from tests.orders.files import bring_file, check, load, row, step, table
from tests.refunds.money import give_role
from tests.threads import at_once, unexpected

TEN = table(*[row(Order_number=f"N{n}") for n in range(10)])


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    cache.clear()


def confirmed(store: Store) -> OrderImport:
    return confirm(check(store, TEN), actor=system(IMPORTER))


def written() -> list[int]:
    models = (Order, OrderLine, Payment)
    return [model.objects.count() for model in models] + [model.history.count() for model in models]


@pytest.mark.django_db(transaction=True)
def test_an_apply_that_dies_half_way_leaves_nothing_and_works_the_next_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cast = make_cast()
    run = confirmed(cast.a)
    whole = loader._cancel

    def die(*args: object) -> None:
        assert Order.objects.count() == 10
        raise RuntimeError("killed")

    monkeypatch.setattr(loader, "_cancel", die)
    carry_on(run)
    assert written() == [0] * 6
    assert OrderImport.objects.get(pk=run.pk).state == "confirmed"
    monkeypatch.setattr(loader, "_cancel", whole)
    assert look_for_work() == 1
    assert OrderImport.objects.get(pk=run.pk).state == "applied"
    assert written() == [10] * 6


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_apply_once(monkeypatch: pytest.MonkeyPatch) -> None:
    cast = make_cast()
    run = confirmed(cast.a)
    monkeypatch.setattr(jobs, "LEASE", 0)  # it ends at once: the lock decides
    barrier = threading.Barrier(2)
    errors: list[BaseException] = []

    def work() -> None:
        try:
            barrier.wait()
            carry_on(OrderImport.objects.get(pk=run.pk))
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not errors
    assert OrderImport.objects.get(pk=run.pk).state == "applied"
    assert written() == [10] * 6
    assert run.history.filter(state="applied").count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_step_that_locks_nothing_itself_is_taken_by_one_worker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run, applied = confirmed(make_cast().a), []
    monkeypatch.setattr(jobs, "LEASE", 0)

    def apply(run: OrderImport) -> dict[str, int]:
        applied.append(run.pk)
        time.sleep(0.2)
        return {}

    label = OrderImport._meta.label_lower
    monkeypatch.setitem(jobs._kinds, label, replace(jobs._kinds[label], apply=apply))
    assert at_once(*[lambda: carry_on(OrderImport.objects.get(pk=run.pk))] * 2) == [None, None]
    assert applied == [run.pk]
    assert run.history.filter(state="applied").count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_confirming_and_dropping_at_once_one_comes_first_or_is_refused() -> None:
    cast = make_cast()
    follows = {
        (False, False): ["confirmed", "cancelled"],
        (False, True): ["confirmed"],
        (True, False): ["cancelled"],
    }
    for _ in range(8):
        run = check(cast.a, table(row()))
        results = at_once(
            lambda run=run: confirm(run, actor=system(IMPORTER)),
            lambda run=run: cancel(run, actor=system(IMPORTER)),
        )
        assert unexpected(results, WrongState) == []
        refused = tuple(isinstance(result, WrongState) for result in results)
        decided = run.history.filter(state__in=("confirmed", "cancelled")).order_by("history_id")
        assert list(decided.values_list("state", flat=True)) == follows[refused]


@pytest.mark.django_db(transaction=True)
def test_a_file_that_always_fails_is_refused_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    cast = make_cast()
    run = confirmed(cast.a)

    def die(*args: object) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr(loader, "_cancel", die)
    for _ in range(jobs.ATTEMPTS + 1):
        look_for_work()
    run = OrderImport.objects.get(pk=run.pk)
    assert run.state == "refused"
    assert (
        run.message
        == "This file could not be worked through. Tell the people who run this program."
    )
    assert look_for_work() == 0


def test_carrying_on_with_an_applied_run_does_nothing(cast: Cast) -> None:
    run = load(cast.a, TEN)
    versions = run.history.count()
    stale = OrderImport(pk=run.pk, state="confirmed", counts={})
    carry_on(stale)
    assert OrderImport.objects.get(pk=run.pk).history.count() == versions
    assert Order.objects.count() == 10


def test_a_step_that_somebody_took_meanwhile_is_left_alone(cast: Cast) -> None:
    run, kind = confirmed(cast.a), jobs._kinds[OrderImport._meta.label_lower]
    assert jobs._hold(kind, run) == run
    step(run)
    assert jobs._hold(kind, run) is None


def test_what_changed_since_the_check_refuses_the_file_as_a_whole(cast: Cast) -> None:
    run = check(cast.a, TEN)
    load(cast.a, table(row(Order_number="N3")))
    run = step(confirm(run, actor=system(IMPORTER)))
    assert run.state == "refused"
    assert "Nothing was applied." in run.message
    assert Order.objects.count() == 1


def test_only_a_checked_file_is_confirmed_and_only_before_it_is_applied_dropped(cast: Cast) -> None:
    run = load(cast.a, TEN)
    with pytest.raises(WrongState):
        confirm(run, actor=system(IMPORTER))
    with pytest.raises(WrongState):
        cancel(run, actor=system(IMPORTER))


def test_a_file_is_confirmed_or_dropped_by_those_who_may_in_its_store(cast: Cast) -> None:
    run = check(cast.a, TEN)
    elsewhere = give_role(cast, "staff", "manager", cast.b)
    for user in (cast.auditor, elsewhere):
        for decide in (confirm, cancel):
            with pytest.raises(NotAllowed):
                decide(run, actor=person(user))
    assert OrderImport.objects.get(pk=run.pk).state == "checked"
    assert confirm(run, actor=person(cast.manager)).state == "confirmed"


def test_a_file_is_applied_by_the_one_who_brought_it(cast: Cast) -> None:
    run = check(cast.a, TEN)
    rewrite(QuerySet(OrderImport).filter(pk=run.pk), uploaded_by=cast.manager)
    run.refresh_from_db()
    colleague = give_role(cast, "finance", "manager", cast.a)
    with pytest.raises(NotAllowed, match="Only the one who brought this file"):
        confirm(run, actor=person(colleague))
    assert confirm(run, actor=person(cast.manager)).state == "confirmed"


def test_a_file_that_was_exchanged_behind_its_check_is_refused(cast: Cast) -> None:
    run = confirmed(cast.a)
    Path(run.file.path).write_bytes(TEN.replace(b"N9", b"X9"))
    run = step(run)
    assert run.state == "refused"
    assert run.message == "The stored file is not the one that was brought. Bring it again."
    assert not Order.objects.exists()


def test_a_dropped_file_is_never_applied(cast: Cast) -> None:
    run = cancel(check(cast.a, TEN), actor=system(IMPORTER))
    assert look_for_work() == 0
    assert step(run).state == "cancelled"
    assert not Order.objects.exists()


def test_a_file_is_dropped_while_it_is_being_checked(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, read = bring_file(cast.a, TEN), []

    def look(*args: object, **kwargs: object) -> None:
        read.append(kwargs["step"])
        cancel(run, actor=system(IMPORTER))
        pulse(*args, **kwargs)

    monkeypatch.setattr(loader, "pulse", look)
    assert step(run).state == "cancelled"
    assert len(read) == 1
    assert look_for_work() == 0
    assert run.history.latest().history_change_reason == "Dropped the file."


def test_a_confirmed_file_is_dropped_as_long_as_nobody_applies_it(cast: Cast) -> None:
    run = cancel(confirmed(cast.a), actor=system(IMPORTER))
    assert step(run).state == "cancelled"
    assert not Order.objects.exists()


def test_what_the_check_objects_to_quarantines_the_file_until_somebody_says_why_not(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    label = OrderImport._meta.label_lower
    findings = Findings(counts={"rows": 10}, objection="It does not fit.")
    kind = replace(jobs._kinds[label], check=lambda _run: findings)
    monkeypatch.setitem(jobs._kinds, label, kind)
    run = check(cast.a, TEN)
    assert (run.state, run.message) == ("quarantined", "It does not fit.")
    for decide in (confirm, cancel):
        with pytest.raises(WrongState):
            decide(run, actor=person(cast.manager))
    with pytest.raises(BadInput, match="Say why"):
        dismiss(run, actor=person(cast.manager), note=" ")
    with pytest.raises(NotAllowed):
        dismiss(run, actor=person(cast.auditor), note="Not ours.")
    dismiss(run, actor=person(cast.manager), note="Of another channel.")
    version = run.history.latest()
    assert (version.state, version.history_user) == ("cancelled", cast.manager)
    assert version.history_change_reason == "Of another channel."


def test_what_is_no_longer_so_is_checked_again_and_asks_again(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, label = confirmed(cast.a), OrderImport._meta.label_lower

    def outdated(_run: OrderImport) -> dict[str, int]:
        raise CheckAgain

    monkeypatch.setitem(jobs._kinds, label, replace(jobs._kinds[label], apply=outdated))
    assert step(run).state == "uploaded"
    assert step(run).state == "checked"


def test_each_step_of_a_run_is_in_its_history(cast: Cast) -> None:
    run = load(cast.a, TEN)
    versions = run.history.order_by("history_id").values_list(
        "state", "history_change_reason", "actor_name"
    )
    assert list(versions) == [
        ("uploaded", "Brought a file.", "importer"),
        ("checked", "The file was checked.", "importer"),
        ("confirmed", "Confirmed what the check said.", "importer"),
        ("applied", "The file was applied.", "importer"),
    ]
