"""The step that gives versions kept so far their number, and every version a place for the actor's role."""

from typing import Any

from django.db import connection, migrations, models
from django.db.migrations.operations.base import Operation

from backoffice.audit.numbers import VersionNumber

PREFIX = "Historical"
# The order in which versions were written is the order of their ids: a row's lock is held meanwhile.
COUNT = """
    UPDATE {table} SET history_number = counted.number FROM (
        SELECT history_id, row_number() OVER (PARTITION BY id ORDER BY history_id) AS number FROM {table}
    ) AS counted WHERE counted.history_id = {table}.history_id
"""


class NumberVersions(Operation):
    """Add ``history_number`` and ``actor_role`` to the versions of ``models``, a statement per table.

    Done by the library's own steps, SQLite would write each table anew four times, and Django would
    render all models after each of some two hundred steps.
    """

    def __init__(self, models: list[str]) -> None:
        self.models = models

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Add both fields, and replace the index on the row by one on row and number."""
        state.__dict__.pop("apps", None)  # rendered once, when all are changed
        for model in self.models:
            for step in _steps(f"{PREFIX}{model}"):
                step.state_forwards(app_label, state)

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        """Add the columns, count what is there, and let no two versions have one number."""
        for old, new in self._pairs(app_label, from_state, to_state):
            table = schema_editor.quote_name(new._meta.db_table)
            add = f"ALTER TABLE {table} ADD COLUMN"
            schema_editor.execute(f"{add} actor_role text NOT NULL DEFAULT ''")
            schema_editor.execute(f"{add} history_number integer NOT NULL DEFAULT 0")
            schema_editor.execute(COUNT.format(table=table))
            if (
                connection.vendor == "postgresql"
            ):  # SQLite writes the table anew as the model has it
                drop = f"ALTER TABLE {table} ALTER COLUMN"
                schema_editor.execute(
                    f"{drop} actor_role DROP DEFAULT, ALTER COLUMN history_number DROP DEFAULT"
                )
                schema_editor.alter_field(old, *_row(old, new))
            schema_editor.add_constraint(new, _constraint(new))

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        """Take both columns away again."""
        for new, old in self._pairs(app_label, from_state, to_state):
            schema_editor.remove_constraint(old, _constraint(new))
            if connection.vendor == "postgresql":
                for name in ("history_number", "actor_role"):
                    schema_editor.remove_field(new, new._meta.get_field(name))
                schema_editor.alter_field(new, *_row(new, old))

    def describe(self) -> str:
        """Say what it does, in the list of a migration's steps."""
        return "Number the versions of each row, and keep the role of their actor"

    def _pairs(self, app_label: str, from_state: Any, to_state: Any) -> list[tuple[Any, Any]]:
        names = [f"{PREFIX}{model}" for model in self.models]
        return [
            (from_state.apps.get_model(app_label, name), to_state.apps.get_model(app_label, name))
            for name in names
        ]


def _steps(model: str) -> list[Operation]:
    row = models.BigIntegerField(auto_created=True, blank=True, verbose_name="ID")
    once = models.UniqueConstraint(fields=["id", "history_number"], name=f"{model.lower()}_number")
    role = models.TextField(blank=True, default="", verbose_name="role")
    number = VersionNumber(verbose_name="version", default=0)
    return [
        migrations.AddField(model, "history_number", number, preserve_default=False),
        migrations.AddField(model, "actor_role", role, preserve_default=False),
        migrations.AlterField(model, "id", row),
        migrations.AddConstraint(model, once),
    ]


def _row(*versions: Any) -> list[models.Field]:
    return [model._meta.get_field("id") for model in versions]


def _constraint(model: Any) -> models.UniqueConstraint:
    name = f"{model._meta.model_name}_number"
    return next(each for each in model._meta.constraints if each.name == name)
