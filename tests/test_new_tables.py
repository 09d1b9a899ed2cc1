"""The one step that makes an app's tables, forwards and back."""

import pytest
from django.db import connection, models
from django.db.migrations import AddField, CreateModel
from django.db.migrations.state import ProjectState

from backoffice.new_tables import CreateTables

key = ("id", models.BigAutoField(primary_key=True))
TOGETHER = CreateTables(
    [
        CreateModel("Line", [key, ("order", models.ForeignKey("refunds.Order", models.CASCADE))]),
        CreateModel("Order", [key]),
        AddField("Order", "number", models.CharField(max_length=9, default="")),
    ]
)
TABLES = {"refunds_line", "refunds_order"}


@pytest.mark.django_db(transaction=True)
def test_tables_come_and_go_together() -> None:
    before, after = ProjectState(), ProjectState()
    TOGETHER.state_forwards("refunds", after)
    with connection.schema_editor() as editor:
        TOGETHER.database_forwards("refunds", editor, before, after)
    assert set(connection.introspection.table_names()) >= TABLES
    after.apps.get_model("refunds", "Line").objects.create(
        order=after.apps.get_model("refunds", "Order").objects.create(number="A-1")
    )
    with connection.schema_editor() as editor:
        TOGETHER.database_backwards("refunds", editor, after, before)
    assert not TABLES & set(connection.introspection.table_names())
