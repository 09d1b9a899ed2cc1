"""The index: every version is in it once, whoever commits when and whoever is killed."""

import threading
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from backoffice.actors import person
from backoffice.audit.models import version_model
from backoffice.audit.recording import recorded
from backoffice.audit.search import indexing
from backoffice.audit.search.indexing import catch_up, complete_until, rebuild
from backoffice.audit.search.models import ChangeEntry, ChangeIndex
from backoffice.audit.search.scope import audited
from backoffice.clock import now
from merchants.models import Merchant, Store
from refunds.models import Payout
from refunds.payouts.queueing import redirect
from refunds.payouts.routes import Way
from refunds.workflow import perform
from tests.cast import Cast
from tests.personal import plain
from tests.refunds.factories import make_case, make_order
from tests.refunds.money import queue_payouts, release, sealed_batch
from tests.threads import at_once, unexpected

IBAN = "DE89370400440532013000"


def versions() -> set[tuple[str, int]]:
    """Every version there is, by model and id."""
    return {
        (model._meta.label_lower, pk)
        for model in audited()
        for pk in version_model(model)._base_manager.values_list("pk", flat=True)
    }


def indexed() -> set[tuple[str, int]]:
    """Every version that the index tells of."""
    return set(ChangeEntry.objects.values_list("model", "version"))


def rename(store: Store, name: str, cast: Cast) -> None:
    with recorded(person(cast.platform), "Renamed."):
        store.name = name
        store.save()


def test_every_version_of_every_model_is_in_the_index_and_a_second_pass_adds_nothing(
    cast: Cast,
) -> None:
    batch = sealed_batch(cast, "80.00")
    release(batch_id=batch.pk, actor=person(cast.checker))
    assert catch_up() >= len(versions()) > 20
    assert indexed() == versions()
    assert catch_up() == 0
    case = make_case(make_order(cast.a), cast.staff)
    perform("approve", case_id=case.pk, actor=person(cast.staff))
    assert catch_up() > 0
    assert indexed() == versions()


def test_a_change_has_who_where_when_why_and_both_values(cast: Cast) -> None:
    case = make_case(make_order(cast.a, (1, "50.00")), cast.staff)
    perform("approve", case_id=case.pk, actor=person(cast.staff), amount=Decimal("20.00"), note="Agreed.")  # fmt: skip
    catch_up()
    entry = ChangeEntry.objects.get(model="refunds.refundcase", field="amount_approved")
    version = case.history.latest()
    assert (entry.row, entry.version, entry.number) == (case.pk, version.history_id, case.number)
    assert (entry.store, entry.actor, entry.source) == (cast.a.pk, cast.staff, "admin")
    assert (entry.action, entry.reason, entry.kind) == ("approve", "Agreed.", "~")
    assert (entry.amount_before, entry.amount_after) == (None, Decimal("20.00"))
    assert (entry.at, entry.request_id) == (version.history_date, version.request_id)
    line = ChangeEntry.objects.get(model="refunds.caseline", field="amount_approved")
    assert (line.store, line.number) == (cast.a.pk, case.number)


def test_a_new_row_is_told_once_with_its_amounts(cast: Cast) -> None:
    (payout,) = queue_payouts(cast.a, cast.staff, "70.00")
    catch_up()
    entries = ChangeEntry.objects.filter(model="refunds.payout", row=payout.pk)
    assert set(entries.values_list("field", "kind", "amount_after")) == {
        ("", "+", None),
        ("amount", "+", payout.amount),
    }


def test_a_version_in_which_nothing_that_is_told_changed_is_there_as_well(cast: Cast) -> None:
    rename(cast.a, cast.a.name, cast)
    catch_up()
    newest = ChangeEntry.objects.filter(model="merchants.store", row=cast.a.pk).latest("version")
    assert (newest.field, newest.kind, newest.reason) == ("", "~", "Renamed.")


def test_where_money_goes_is_never_copied(cast: Cast) -> None:
    (payout,) = queue_payouts(cast.a, cast.staff, "70.00")
    way = Way("bank", IBAN, "Ada Long", "COBADEFFXXX")
    redirect(payout_id=payout.pk, way=way, note="The card is gone.", actor=person(cast.finance))
    catch_up()
    changed = ChangeEntry.objects.filter(model="refunds.payout", field="destination", kind="~")
    assert list(changed.values_list("before", "after")) == [(None, None)]
    assert plain(Payout.objects.get(pk=payout.pk).destination) == IBAN
    for entry in ChangeEntry.objects.all():
        assert IBAN not in f"{entry.before} {entry.after}"


def test_the_index_is_drawn_anew_from_the_versions(cast: Cast) -> None:
    catch_up()
    before = set(ChangeEntry.objects.values_list("model", "version", "field", "after"))
    ChangeEntry.objects.filter(field="").update(actor_name="Somebody else")
    out = StringIO()
    call_command("index_history", "--rebuild", stdout=out)
    assert set(ChangeEntry.objects.values_list("model", "version", "field", "after")) == before
    assert not ChangeEntry.objects.filter(actor_name="Somebody else").exists()
    assert f"{ChangeEntry.objects.count()} changes indexed, complete up to" in out.getvalue()


def test_a_bounded_pass_stops_and_the_next_ones_go_on(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "STRETCH", 2)
    catch_up(stretches=3)
    assert 0 < len(indexed()) < len(versions())
    assert complete_until() is None
    for _pass in range(len(versions())):
        catch_up(stretches=3)
    assert indexed() == versions()
    assert complete_until() is not None


def test_a_pass_that_broke_off_leaves_nothing_out_and_nothing_twice(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "STRETCH", 2)
    done: list[Any] = []
    whole = indexing._stretch

    def breaking(*stretch: Any) -> int | None:
        if len(done) == 5:
            raise KeyboardInterrupt
        done.append(stretch)
        return whole(*stretch)

    monkeypatch.setattr(indexing, "_stretch", breaking)
    with pytest.raises(KeyboardInterrupt):
        catch_up()
    monkeypatch.setattr(indexing, "_stretch", whole)
    catch_up()
    assert indexed() == versions()


def test_it_is_complete_up_to_when_the_pass_began(cast: Cast) -> None:
    began = now()
    catch_up()
    assert began <= complete_until() <= now() < began + timedelta(minutes=1)


def test_what_was_thrown_away_during_a_pass_is_not_taken_for_done(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    remember = indexing._remember

    def thrown_away(*state: Any) -> None:
        rebuild()
        remember(*state)

    monkeypatch.setattr(indexing, "_remember", thrown_away)
    catch_up()
    monkeypatch.setattr(indexing, "_remember", remember)
    catch_up()
    assert indexed() == versions()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_version_that_commits_late_under_an_early_id_is_found(cast: Cast) -> None:
    written, may_commit = threading.Event(), threading.Event()

    def slow() -> None:
        try:
            with recorded(person(cast.platform), "Slow."):
                Merchant.objects.create(code="slow", name="Slow")
                written.set()
                may_commit.wait(30)
        finally:
            connection.close()

    writer = threading.Thread(target=slow)
    writer.start()
    assert written.wait(30)
    with recorded(person(cast.platform), "Fast."):
        Merchant.objects.create(code="fast", name="Fast")
    moment = now()
    for _pass in range(3):
        catch_up()
    assert indexed() == versions(), "the fast one is there, and the slow one not yet"
    assert complete_until() is None or complete_until() < moment
    may_commit.set()
    writer.join(30)
    catch_up()
    assert indexed() == versions(), "the slow one has an earlier id, and is there as well"
    catch_up()
    assert complete_until() > moment


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_passes_at_the_same_moment_index_everything_once(cast: Cast) -> None:
    for n in range(3):
        make_case(make_order(cast.a), cast.staff, reason_text=f"{n}")
    results = at_once(catch_up, catch_up, catch_up)
    assert not unexpected(results), results
    catch_up()
    assert indexed() == versions()
    assert ChangeIndex.objects.order_by("pk").first().settled


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_while_people_write_nothing_is_left_out(cast: Cast) -> None:
    def write(name: str) -> None:
        for n in range(5):
            with recorded(person(cast.platform), "Written at once."):
                Merchant.objects.create(code=f"{name}-{n}", name=name)

    def index() -> None:
        for _pass in range(10):
            catch_up()

    results = at_once(lambda: write("one"), lambda: write("two"), lambda: write("three"), index)
    assert not unexpected(results), results
    catch_up()
    catch_up()
    assert indexed() == versions()
