"""Sealing what was kept in clear before, and opening it again where a migration is undone.

Versions are rewritten with their rows, so that both hold the same bytes; but for those of which a proof speaks
already (``backoffice.privacy.signed_before``).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from django.db import connection
from django.db.migrations.operations import AlterField
from django.db.migrations.operations.base import Operation
from django.utils import timezone

from backoffice.privacy.masters import unwrap, wrap
from backoffice.privacy.names import remember
from backoffice.privacy.sealed import BITS, Sealed, close, is_sealed, open_up
from backoffice.privacy.signed_before import follow, is_history, unsigned

CHUNK = 500
LOST = "(erased)"
Row = tuple[Any, ...]
# From what a row's path to its order gives to whom its data are about: a name, and a store's id.
Subjects = Callable[[Row], tuple[str, int]]


class SealedColumns(Operation):
    """All of ``operations``, which make plain fields personal ones, at once.

    Done one by one, Django renders all models anew after each of them, and SQLite writes each table anew,
    though a text of any length fits into its columns as they are.
    """

    def __init__(self, operations: list[AlterField]) -> None:
        self.operations = operations

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Change the fields; whoever asks for ``state.apps`` next renders them."""
        state.__dict__.pop("apps", None)
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        """Let PostgreSQL's columns hold what is longer than the text in them."""
        if schema_editor.connection.vendor != "postgresql":
            return
        for operation in self.operations:
            model = to_state.apps.get_model(app_label, operation.model_name)
            field = model._meta.get_field(operation.name)
            table, column = map(schema_editor.quote_name, (model._meta.db_table, field.column))
            kind = field.db_type(schema_editor.connection)
            schema_editor.execute(f"ALTER TABLE {table} ALTER COLUMN {column} TYPE {kind}")

    database_backwards = database_forwards

    def describe(self) -> str:
        """Say what it does, in the list of a migration's steps."""
        return "Let columns hold ciphertext"


class Keys:
    """Keys of people as the migration's own models have them."""

    def __init__(self, apps: Any) -> None:
        self.model = apps.get_model("backoffice", "PersonKey")
        self.known: dict[str, tuple[int, AESSIV]] = {}
        self.by_person: dict[int, AESSIV | None] = {}

    def of(self, subject: str, store: int) -> tuple[int, AESSIV]:
        """The living key of ``subject``, made where there is none."""
        if subject not in self.known:
            row = self.model.objects.filter(subject=subject, destroyed_at=None).first()
            row = row or self.model.objects.create(
                subject=subject,
                store=store,
                wrapped=wrap(AESSIV.generate_key(BITS), subject),
                made_at=timezone.now(),
            )
            self.known[subject] = row.pk, AESSIV(unwrap(bytes(row.wrapped), subject))
        return self.known[subject]

    def opened(self, token: str) -> str:
        """The text of a ciphertext; that of an erased person is lost."""
        sealed = Sealed(token)
        cipher = self.cipher_of(sealed.person)
        return open_up(sealed, cipher) if cipher else LOST

    def cipher_of(self, person: int) -> AESSIV | None:
        """The key of that number; ``None`` once it was destroyed."""
        if person not in self.by_person:
            row = self.model.objects.filter(pk=person).first()
            alive = row is not None and row.wrapped
            self.by_person[person] = (
                AESSIV(unwrap(bytes(row.wrapped), row.subject)) if alive else None
            )
        return self.by_person[person]


def seal_columns(
    apps: Any,
    rows: Any,
    names: Sequence[str],
    path: Sequence[str],
    subject: Subjects,
    *,
    are_names: bool = False,
) -> None:
    """Seal the fields ``names`` of all ``rows`` under the key of whom ``path`` leads to.

    ``are_names``: they are what the person is called, and found by afterwards.
    """
    keys, rows = Keys(apps), unsigned(apps, rows)
    for chunk in _chunks(rows, (*names, *path)):
        changes = []
        for key, *values in chunk:
            texts, whose = values[: len(names)], subject(tuple(values[len(names) :]))
            if any(text and not is_sealed(text) for text in texts):
                person, cipher = keys.of(*whose)
                changes.append((*(_closed(text, person, cipher) for text in texts), key))
                if are_names:
                    remember((person, text) for text in texts)
        _write(rows.model, names, changes)
        if not is_history(rows.model):
            follow(apps, rows.model, [change[-1] for change in changes])


def forget_values(apps: Any, model: str, names: Sequence[str]) -> None:
    """Let the index of changes say of these fields of ``model`` (“orders.payment”) only that they changed."""
    entries = apps.get_model("backoffice", "ChangeEntry").objects.filter(model=model)
    entries.filter(field__in=names).update(before=None, after=None)


def open_columns(apps: Any, rows: Any, names: Sequence[str]) -> None:
    """The way back: the texts again, or that they are lost."""
    keys = Keys(apps)
    for chunk in _chunks(rows, names):
        changes = [
            (*(keys.opened(text) if text and is_sealed(text) else text for text in texts), key)
            for key, *texts in chunk
            if any(text and is_sealed(text) for text in texts)
        ]
        _write(rows.model, names, changes)


def _closed(text: str, person: int, cipher: AESSIV) -> str:
    return close(text, person, cipher).token if text and not is_sealed(text) else text


def _chunks(rows: Any, names: Sequence[str]) -> Iterator[Sequence[Row]]:
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), CHUNK):
        part = rows.filter(pk__in=keys[start : start + CHUNK])
        yield [
            tuple(str.__str__(value) if isinstance(value, str) else value for value in row)
            for row in part.values_list("pk", *names)
        ]


def _write(model: Any, names: Sequence[str], changes: Iterable[Row]) -> None:
    quote, meta = connection.ops.quote_name, model._meta
    sets = ", ".join(f"{quote(meta.get_field(name).column)} = %s" for name in names)
    key = quote(meta.pk.column)
    statement = f"UPDATE {quote(meta.db_table)} SET {sets} WHERE {key} = %s"  # noqa: S608 - our own names
    with connection.cursor() as cursor:
        cursor.executemany(statement, list(changes))
