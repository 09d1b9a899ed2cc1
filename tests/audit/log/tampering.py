"""Ten ways in which the owner of a database may tamper with history, and what each of them touches.

They work in SQL, past the guards, as the owner would. ``agree`` is the thorough one's second step: all
hashes that the database has are made anew, so that they agree with what was done.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import connection

from backoffice.audit.log import notes, tree
from backoffice.audit.log.layouts import Source, by_label, sources
from backoffice.audit.log.lines import lines, marks
from backoffice.audit.log.merkle import Frontier, leaf_hash
from backoffice.audit.log.models import Checkpoint, Node
from backoffice.audit.log.rows import Wanted, reread, stored
from backoffice.audit.log.sealing import _append
from backoffice.clock import now
from tests.flushing import unguarded

Row = tuple[str, int]


@dataclass
class Done:
    """What was touched: the rows, and the columns of each that has to be named."""

    rows: set[Row] = field(default_factory=set)
    columns: list[str] = field(default_factory=list)


def sql(statement: str, *params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall() if cursor.description else []


def some_leaf(chance: random.Random) -> Wanted:
    leaves = [leaf for leaf in stored(0, tree.size()) if sources()[leaf.source].is_history]
    return chance.choice(leaves)


def of(leaf: Wanted) -> tuple[Source, Row]:
    source = sources()[leaf.source]
    return source, (source.label, leaf.row)


def set_column(source: Source, row: int, column: str, value: Any) -> None:
    sql(f'UPDATE {source.table} SET "{column}" = %s WHERE {source.key} = %s', value, row)


def edit(chance: random.Random) -> Done:
    leaf = some_leaf(chance)
    source, row = of(leaf)
    texts = {
        "history_change_reason",
        "source",
        "action",
        "name",
        "code",
        "state",
        "title",
        "number",
    }
    fields = dict(source.layouts[-1].fields)
    column = chance.choice(
        sorted(texts & {name for name, kind in fields.items() if kind == "text"})
    )
    set_column(source, leaf.row, column, f"x{chance.randrange(1000)}")
    return Done({row}, [column])


def delete(chance: random.Random) -> Done:
    leaf = some_leaf(chance)
    source, row = of(leaf)
    sql(f"DELETE FROM {source.table} WHERE {source.key} = %s", leaf.row)
    return Done({row})


def insert(chance: random.Random) -> Done:
    """A version of long ago that never was."""
    leaf = some_leaf(chance)
    source, _row = of(leaf)
    new = source.model._base_manager.get(pk=leaf.row)
    new.pk = leaf.row + 5000 + chance.randrange(1000)
    new.history_number, new.history_date = 77, now() - timedelta(days=30)
    new.history_change_reason = "As agreed."
    source.model._base_manager.bulk_create([new])
    return Done({(source.label, new.pk)})


def reorder(chance: random.Random) -> Done:
    """Two rows change places in the log, with all that is said of them there."""
    first, second = sorted(chance.sample(stored(0, signed_size()), 2))
    park = 1_000_000
    for old, new in ((first.at, park), (second.at, first.at), (park, second.at)):
        sql('UPDATE backoffice_leaf SET "index" = %s WHERE "index" = %s', new, old)
    return Done({of(first)[1], of(second)[1]})


def truncate(chance: random.Random) -> Done:
    """The newest rows never were."""
    done = Done()
    for leaf in stored(tree.size() - chance.randrange(1, 6), tree.size()):
        source, row = of(leaf)
        sql(f"DELETE FROM {source.table} WHERE {source.key} = %s", leaf.row)
        done.rows.add(row)
    return done


def swap(chance: random.Random) -> Done:
    """Two versions of a table trade places."""
    label = chance.choice([label for label in by_label() if _count(label) > 1])
    source = by_label()[label]
    keys = list(source.model._base_manager.order_by("pk").values_list("pk", flat=True))
    first, second = chance.sample(keys, 2)
    park = max(keys) + 1000
    for old, new in ((first, park), (second, first), (park, second)):
        set_column(source, old, source.key, new)
    return Done({(label, first), (label, second)})


def _count(label: str) -> int:
    source = by_label()[label]
    return source.model._base_manager.count() if source.is_history else 0


def forge_actor(chance: random.Random) -> Done:
    leaf = some_leaf(chance)
    source, row = of(leaf)
    set_column(source, leaf.row, "actor_name", "Somebody Else")
    return Done({row}, ["actor_name"])


def backdate(chance: random.Random) -> Done:
    leaf = some_leaf(chance)
    source, row = of(leaf)
    before = now() - timedelta(days=chance.randrange(1, 300))
    date = connection.ops.adapt_datetimefield_value(before)
    set_column(source, leaf.row, "history_date", date)
    return Done({row}, ["history_date"])


def remove_case(chance: random.Random) -> Done:
    """A whole case, with its lines, as if nobody had ever asked."""
    case = chance.choice(sql("SELECT DISTINCT id FROM refunds_historicalrefundcase"))[0]
    done = Done()
    for label, column in (("RefundCase", "id"), ("CaseLine", "case_id")):
        source = by_label()[f"refunds.Historical{label}"]
        rows = sql(f"SELECT {source.key} FROM {source.table} WHERE {column} = %s", case)
        done.rows |= {(source.label, key) for (key,) in rows}
        sql(f"DELETE FROM {source.table} WHERE {column} = %s", case)
    assert len(done.rows) > 1
    return done


def replay(chance: random.Random) -> Done:
    """The database as it was at an earlier checkpoint, log and all."""
    size = chance.choice(list(Checkpoint.objects.values_list("size", flat=True))[:-1])
    done = Done()
    for leaf in stored(size, tree.size()):
        source, row = of(leaf)
        sql(f"DELETE FROM {source.table} WHERE {source.key} = %s", leaf.row)
        done.rows.add(row)
    sql("DELETE FROM backoffice_anchoring WHERE checkpoint_id > %s", size)
    sql("DELETE FROM backoffice_checkpoint WHERE size > %s", size)
    sql('DELETE FROM backoffice_leaf WHERE "index" >= %s', size)
    sql("DELETE FROM backoffice_node")
    rebuild_nodes()
    return done


def signed_size() -> int:
    last = Checkpoint.objects.last()
    return last.size if last else 0


KINDS: dict[str, Callable[[random.Random], Done]] = {
    "edit": edit,
    "delete": delete,
    "insert": insert,
    "reorder": reorder,
    "truncate": truncate,
    "swap": swap,
    "forge_actor": forge_actor,
    "backdate": backdate,
    "remove_case": remove_case,
    "replay": replay,
}


def tamper(kind: str, chance: random.Random, *, thorough: bool) -> Done:
    with unguarded():
        done = KINDS[kind](chance)
        if thorough:
            agree(chance, done)
    return done


def agree(chance: random.Random, done: Done) -> None:
    """Make every hash in the database anew, so that it agrees with the rows as they are now."""
    forge_checkpoints(chance, agree_leaves(chance, done))


def agree_leaves(chance: random.Random, done: Done) -> int:
    """The same of the leaves and the nodes alone; gives how many leaves there are now."""
    chunk = reread(stored(0, tree.size()))
    leaves = [
        (leaf.source, leaf.row, leaf.layout)
        for leaf, hashed in zip(chunk.leaves, chunk.hashes, strict=True)
        if hashed is not None
    ]
    known = {(source, row) for source, row, _layout in leaves}
    for label, row in sorted(done.rows):
        source = by_label()[label]
        if (source.number, row) not in known and source.model._base_manager.filter(pk=row):
            place = chance.randrange(len(leaves) // 2)
            leaves.insert(place, (source.number, row, len(source.layouts)))
    write_log(leaves)
    return len(leaves)


def forge_checkpoints(chance: random.Random, size: int) -> None:
    """Take away what was signed, or put another root and another signature in its place."""
    for checkpoint in Checkpoint.objects.all():
        if checkpoint.size > size or chance.random() < 0.5:
            sql("DELETE FROM backoffice_anchoring WHERE checkpoint_id = %s", checkpoint.size)
            sql("DELETE FROM backoffice_checkpoint WHERE size = %s", checkpoint.size)
        else:
            root = tree.edge(checkpoint.size).root()
            note = notes.read(checkpoint.note)
            forged = notes.make(note.size, root, note.at, [notes.SigningKey.new(note.origin)])
            sql(
                "UPDATE backoffice_checkpoint SET root = %s, note = %s WHERE size = %s",
                root,
                str(forged),
                checkpoint.size,
            )


def write_log(leaves: list[tuple[int, int, int]]) -> None:
    """The log of these rows in this order, as the product would write it."""
    made = []
    for index, (number, row, layout_number) in enumerate(leaves):
        source = sources()[number]
        layout = source.layout(layout_number)
        [(_key, line)] = lines(source, layout, f"v.{source.key} = {row}")
        hashed = leaf_hash(layout.prefix + line)
        made.append((index, number, row, layout_number, hashed, marks(line)))
    sql("DELETE FROM backoffice_leaf")
    sql("DELETE FROM backoffice_node")
    _append(Frontier(), made)


def rebuild_nodes() -> None:
    edge = Frontier()
    for level, (first, made) in edge.extend([leaf.hash for leaf in stored(0, tree.size())]).items():
        Node.objects.bulk_create(
            Node(level=level, number=first + n, hash=hashed) for n, hashed in enumerate(made)
        )
