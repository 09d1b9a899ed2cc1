"""No audited row changes without somebody to name and a reason."""

import pytest
from django.core.management import CommandError, call_command

from backoffice.actors import person, system
from backoffice.audit.bulk import create_many, update_many
from backoffice.audit.models import Audited
from backoffice.audit.recording import UnrecordedChange, recorded
from merchants.models import Store, Supplier
from orders.models import Order
from refunds.models import RefundCase
from tests.cast import Cast


def test_a_save_outside_a_frame_is_refused(cast: Cast) -> None:
    cast.a.name = "Renamed"
    with pytest.raises(UnrecordedChange):
        cast.a.save()
    assert Store.objects.get(pk=cast.a.pk).name == "Store A"


@pytest.mark.parametrize("write", ["update", "delete", "bulk_create", "bulk_update"])
def test_set_based_writes_around_history_are_refused(cast: Cast, write: str) -> None:
    with recorded(person(cast.manager), "Trying."), pytest.raises(UnrecordedChange):
        getattr(Store.objects.all(), write)()


def test_a_row_is_never_deleted(cast: Cast) -> None:
    with recorded(person(cast.platform), "Trying."), pytest.raises(UnrecordedChange):
        cast.a.delete()


def test_a_frame_needs_a_reason(cast: Cast) -> None:
    with pytest.raises(UnrecordedChange), recorded(person(cast.manager), "  "):
        pass


def test_what_fails_inside_a_frame_leaves_nothing(cast: Cast) -> None:
    def rename_and_fail() -> None:
        with recorded(person(cast.manager), "Trying."):
            cast.a.name = "Renamed"
            cast.a.save()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        rename_and_fail()
    assert Store.objects.get(pk=cast.a.pk).name == "Store A"
    assert cast.a.history.count() == 1


def test_the_version_names_actor_reason_source_and_request(cast: Cast) -> None:
    with recorded(person(cast.platform), "The shop moved.", "move"):
        cast.a.name = "Renamed"
        cast.a.save()
    version = cast.a.history.latest()
    assert (version.name, version.history_user, version.actor_name) == (
        "Renamed",
        cast.platform,
        "platform",
    )
    assert (version.history_change_reason, version.action) == ("The shop moved.", "move")
    assert version.source == "admin"
    assert len(version.request_id) == 32


def test_frames_nest_and_each_names_its_own_actor(cast: Cast) -> None:
    with recorded(person(cast.platform), "Outside."):
        with recorded(system("timer"), "Inside."):
            cast.a.name = "Inside"
            cast.a.save()
        cast.b.name = "Outside"
        cast.b.save()
    assert cast.a.history.latest().actor_name == "timer"
    assert cast.b.history.latest().actor_name == "platform"


def test_a_version_is_never_saved_again(cast: Cast) -> None:
    version = cast.a.history.latest()
    version.name = "Forged"
    with recorded(person(cast.platform), "Trying."), pytest.raises(UnrecordedChange):
        version.save()


def test_set_based_writes_keep_one_version_per_row(cast: Cast) -> None:
    rows = [Supplier(merchant=cast.merchant, code=f"s{n}", name=f"Supplier {n}") for n in range(5)]
    with recorded(person(cast.manager), "Many."):
        create_many(rows)
        for row in rows:
            row.name += "!"
        update_many(rows, ["name"])
    assert [row.history.count() for row in rows] == [2] * 5
    assert rows[0].history.latest().name == "Supplier 0!"
    assert rows[0].history.latest().history_change_reason == "Many."


@pytest.mark.once
@pytest.mark.parametrize("model", [RefundCase, Order, Store])
def test_a_version_table_has_three_indexes_and_not_its_rows_own(model: type[Audited]) -> None:
    fields = model.history.model._meta.fields
    assert {f.name for f in fields if f.db_index or f.unique} == {"history_id", "history_user"}
    assert [each.fields for each in model.history.model._meta.constraints] == [
        ("id", "history_number")
    ]


@pytest.mark.parametrize("command", ["clean_old_history", "clean_duplicate_history"])
def test_the_librarys_commands_that_delete_versions_are_refused(db: None, command: str) -> None:
    with pytest.raises(CommandError, match="never deleted"):
        call_command(command)
