"""Versions of a row are numbered 1, 2, 3 … by whatever way they are written, and name the actor's role."""

import pytest
from django.db import IntegrityError, connection, models, transaction
from django.db.migrations import CreateModel
from django.db.migrations.state import ProjectState
from django.db.models import F, Value
from django.db.models.functions import Concat
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from backoffice.actors import person, system
from backoffice.audit.bulk import create_many, update_many
from backoffice.audit.copying import copy_many
from backoffice.audit.models import Version
from backoffice.audit.portions import audited_models
from backoffice.audit.recording import recorded
from backoffice.audit.sets import insert_set, update_set
from backoffice.audit.version_columns import NumberVersions
from backoffice.held_roles import told_roles
from backoffice.models import User
from merchants.models import Membership, Store, Supplier
from tests.cast import Cast


def numbers(row: models.Model) -> list[int]:
    return list(
        type(row)
        .history.filter(id=row.pk)
        .order_by("history_id")
        .values_list("history_number", flat=True)
    )


def test_saves_count_the_versions_of_a_row(cast: Cast) -> None:
    with recorded(person(cast.platform), "The shop moved."):
        for name in ("Once", "Twice"):
            cast.a.name = name
            cast.a.save()
    assert numbers(cast.a) == [1, 2, 3]
    assert numbers(cast.b) == [1]


def test_counting_takes_no_query_of_its_own(cast: Cast) -> None:
    actor = person(cast.platform)
    with recorded(actor, "The shop moved."):
        cast.a.save()  # reads the person's grants, as the first question about them does
        with CaptureQueriesContext(connection) as asked:
            cast.a.save()
    assert [query["sql"].split()[0] for query in asked] == ["UPDATE", "INSERT"]


def test_set_based_writes_count_too(cast: Cast) -> None:
    rows = [Supplier(merchant=cast.merchant, code=f"s{n}", name="One") for n in range(3)]
    with recorded(person(cast.manager), "Many."):
        create_many(rows)
        update_many(rows, ["name"])
        update_set(Supplier.objects.filter(code="s1"), name=Concat(F("name"), Value("!")))
        copied = copy_many([Supplier(merchant=cast.merchant, code="copied", name="One")])
        sources = Supplier.objects.filter(code="copied").order_by("pk")
        values = {"merchant": F("merchant_id"), "code": Value("set"), "name": F("name")}
        [made] = insert_set(Supplier, sources, values)
    assert [numbers(row) for row in rows] == [[1, 2], [1, 2, 3], [1, 2]]
    assert numbers(copied[0]) == numbers(Supplier.objects.get(pk=made)) == [1]


def test_the_database_keeps_two_versions_from_having_one_number(cast: Cast) -> None:
    version = Store.history.get(id=cast.a.pk)
    version.pk, version._state.adding = None, True
    with (
        recorded(person(cast.platform), "A fork."),
        pytest.raises(IntegrityError),
        transaction.atomic(),
    ):
        version.save()


def test_a_version_keeps_every_role_of_its_actor_and_where(cast: Cast) -> None:
    with recorded(person(cast.platform), "More to do."):
        Membership.objects.create(user=cast.manager, role="finance", merchant=cast.other_merchant)
    manager = User.objects.get(pk=cast.manager.pk)
    with translation.override("zh-hans"), recorded(person(manager), "The shop moved."):
        cast.a.save()
    assert cast.a.history.latest().actor_role == "Store manager · a; Finance · south/*"


def test_everywhere_needs_no_place_and_a_system_user_has_no_role(cast: Cast) -> None:
    with recorded(person(cast.platform), "By a person."):
        cast.a.save()
    with recorded(system("timer"), "By itself."), CaptureQueriesContext(connection) as asked:
        cast.b.save()
    assert cast.a.history.latest().actor_role == "Platform"
    assert cast.b.history.latest().actor_role == ""
    assert len(asked) == 2


def test_a_reader_is_told_the_roles_in_their_own_stores_only(cast: Cast) -> None:
    kept = "Store manager · a, b; Finance · south/*; Platform"
    assert told_roles(kept, cast.platform) == kept.replace("south/*", "all of south")
    assert told_roles(kept, cast.staff) == "Store manager · a; Platform"
    assert told_roles(kept, cast.staff2) == "Store manager · b; Finance · all of south; Platform"


@pytest.mark.once
def test_no_row_hides_a_column_of_its_versions() -> None:
    own = {field.name for field in Version._meta.get_fields()}
    for model in audited_models():
        assert not own & {field.name for field in model._meta.get_fields()}, model


STEP = NumberVersions(["Thing"])
ROWS = [7, 8, 7, 7, 8]


@pytest.mark.django_db(transaction=True)
def test_versions_that_are_there_get_their_numbers() -> None:
    before = ProjectState()
    row = models.BigIntegerField(db_index=True, auto_created=True, blank=True)
    key = models.BigAutoField(primary_key=True)
    made = CreateModel("HistoricalThing", [("id", row), ("history_id", key)])
    made.state_forwards("refunds", before)
    after = before.clone()
    STEP.state_forwards("refunds", after)
    with connection.schema_editor() as editor:
        made.database_forwards("refunds", editor, ProjectState(), before)
    old = before.apps.get_model("refunds", "HistoricalThing").objects
    for thing in ROWS:
        old.create(id=thing)
    with connection.schema_editor() as editor:
        STEP.database_forwards("refunds", editor, before, after)
    things = after.apps.get_model("refunds", "HistoricalThing").objects
    kept = things.order_by("history_id").values_list("id", "history_number", "actor_role")
    assert list(kept) == [(7, 1, ""), (8, 1, ""), (7, 2, ""), (7, 3, ""), (8, 2, "")]
    with pytest.raises(IntegrityError), transaction.atomic():
        things.create(id=7, history_number=3)
    with connection.schema_editor() as editor:
        STEP.database_backwards("refunds", editor, after, before)
    assert old.count() == len(ROWS)
    with connection.schema_editor() as editor:
        made.database_backwards("refunds", editor, before, ProjectState())
