"""Make all tables of an app in one step, for a new installation.

Django renders every related model anew after each single operation, which takes most of a minute
for an app with a hundred tables. Here the models are put together first, and rendered once.
"""

from typing import Any

from django.db.migrations.operations import CreateModel
from django.db.migrations.operations.base import Operation


class CreateTables(Operation):
    """All of ``operations``, which make models and complete them, at once.

    Every ``CreateModel`` becomes a table as the last of the operations leaves its model.
    """

    def __init__(self, operations: list[Operation]) -> None:
        self.operations = operations

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Put the models together; whoever asks for ``state.apps`` next renders them."""
        state.__dict__.pop("apps", None)
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        """Create each table; keys to tables yet to come are added at the end of the migration."""
        for model in self._models(app_label, to_state):
            if self.allow_migrate_model(schema_editor.connection.alias, model):
                schema_editor.create_model(model)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        """Drop the tables, the last one first."""
        for model in reversed(self._models(app_label, from_state)):
            if self.allow_migrate_model(schema_editor.connection.alias, model):
                schema_editor.delete_model(model)

    def describe(self) -> str:
        """Say what it does, in the list of a migration's steps."""
        return "Create all tables"

    def _models(self, app_label: str, state: Any) -> list[Any]:
        made = (operation for operation in self.operations if isinstance(operation, CreateModel))
        return [state.apps.get_model(app_label, operation.name) for operation in made]
