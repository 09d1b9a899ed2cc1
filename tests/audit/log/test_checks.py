"""Every check of the verifier is needed: without it something that was done goes unseen.

Each kind of finding is said in one place. So leaving a kind out is taking its check away, and what has no
trial here is found by the code itself.
"""

import ast
import random
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection

from backoffice import audit
from backoffice.audit.findings import LOG, Findings, Kind
from backoffice.audit.log import notes, tree
from backoffice.audit.log.anchors import Folder
from backoffice.audit.log.keys import signing_keys
from backoffice.audit.log.layouts import by_label
from backoffice.audit.log.models import Checkpoint, Watermark
from backoffice.audit.log.notes import Note, SigningKey
from backoffice.audit.log.rows import stored
from backoffice.audit.log.sealing import seal
from backoffice.audit.log.ticking import seal_at_tick
from backoffice.audit.log.verifying import verify_log
from backoffice.audit.verify import verify
from backoffice.clock import now
from merchants.models import Store
from tests.audit.log.sealed import add_suppliers, kinds, rename, rows
from tests.audit.log.tampering import agree, agree_leaves, insert, of, set_column, sql, tamper
from tests.cast import Cast
from tests.flushing import unguarded

pytestmark = pytest.mark.django_db
Doing = Callable[[Cast, LazySettings], Note | None]
STORES = "merchants_historicalstore"


# -- What is done to live rows and to versions; nothing of it is sealed yet, so that the log says nothing.


def change_a_live_row(cast: Cast, settings: LazySettings) -> None:
    with unguarded():
        sql("UPDATE merchants_store SET name = 'Forged' WHERE id = %s", cast.a.pk)


def swap_a_password(cast: Cast, settings: LazySettings) -> None:
    with unguarded():
        sql("UPDATE backoffice_user SET password = %s WHERE id = %s", "mine", cast.staff.pk)


def take_all_versions(cast: Cast, settings: LazySettings) -> None:
    with unguarded():
        sql(f"DELETE FROM {STORES} WHERE id = %s", cast.a.pk)


def leave_a_number_out(cast: Cast, settings: LazySettings) -> None:
    rename(cast, "Last")
    with unguarded():
        sql(f"UPDATE {STORES} SET history_number = 9 WHERE name = 'Last'")


def give_a_number_twice(cast: Cast, settings: LazySettings) -> None:
    """Where the table has lost the constraint that would refuse it."""
    rename(cast, "Last")
    with unguarded():
        if connection.vendor == "postgresql":
            sql(f"ALTER TABLE {STORES} DROP CONSTRAINT historicalstore_number")
        else:
            sql(f"CREATE TABLE bare AS SELECT * FROM {STORES}")
            sql(f"DROP TABLE {STORES}")
            sql(f"ALTER TABLE bare RENAME TO {STORES}")
        version = Store.history.filter(name="Last").latest()
        version.pk += 1
        Store.history.bulk_create([version])


def give_an_impossible_number(cast: Cast, settings: LazySettings) -> None:
    with unguarded():
        version = Store.history.filter(id=cast.a.pk).earliest()
        version.pk, version.history_number = version.pk + 1000, -1
        Store.history.bulk_create([version])


def take_a_live_row(cast: Cast, settings: LazySettings) -> None:
    with unguarded():
        sql("DELETE FROM merchants_supplier WHERE code = 's7'")


def without(column: str) -> Doing:
    def take(cast: Cast, settings: LazySettings) -> None:
        value = None if column == "history_user_id" else ""
        with unguarded():
            sql(f"UPDATE {STORES} SET {column} = %s WHERE id = %s", value, cast.a.pk)

    return take


# -- What is done to rows of history and to their leaves.


def take_a_row(cast: Cast, settings: LazySettings) -> None:
    tamper("delete", random.Random(1), thorough=False)


def change_a_row(cast: Cast, settings: LazySettings) -> None:
    tamper("edit", random.Random(1), thorough=False)


def take_row_and_leaf(cast: Cast, settings: LazySettings) -> None:
    """Of what no checkpoint covers yet."""
    for n in range(3):
        rename(cast, f"Name {n}")
    seal()
    leaf = stored(tree.size() - 2, tree.size() - 1)[0]
    source, _row = of(leaf)
    with unguarded():
        sql(f"DELETE FROM {source.table} WHERE {source.key} = %s", leaf.row)
        sql('DELETE FROM backoffice_leaf WHERE "index" = %s', leaf.at)


def write_yesterdays_version(cast: Cast, settings: LazySettings) -> None:
    slip_in(cast, days=40)
    seal_at_tick()


def slip_in(cast: Cast, *, days: int, key: int = 1) -> int:
    """A version that nobody wrote, in the place of the next one or further on."""
    with unguarded():
        version = Store.history.filter(id=cast.a.pk).latest()
        version.pk, version.history_number = version.pk + key, version.history_number + 1
        version.history_date = now() - timedelta(days=days)
        Store.history.bulk_create([version])
    return int(version.pk)


def slip_an_old_row_in(cast: Cast, settings: LazySettings) -> None:
    slip_in(cast, days=40, key=5000)


def slip_a_row_in_below_the_watermark(cast: Cast, settings: LazySettings) -> None:
    complete = slip_in(cast, days=0)
    number = of(stored(tree.size() - 1, tree.size())[0])[0].number
    Watermark.objects.update_or_create(source=number, defaults={"complete": complete})


# -- What is done to the tree, to what was signed and to its keepers.


def change_a_node(cast: Cast, settings: LazySettings) -> None:
    for n in range(3):
        add_suppliers(cast, 100, f"n{n}-")
    seal_at_tick()
    with unguarded():
        sql("UPDATE backoffice_node SET hash = %s WHERE level = 1", bytes(32))


def middle() -> Checkpoint:
    return Checkpoint.objects.all()[1]


def first(settings: LazySettings) -> Folder:
    return Folder(settings.AUDIT_ANCHORS[0])


def put_an_old_checkpoint_last(cast: Cast, settings: LazySettings) -> None:
    with (first(settings).path / "checkpoints").open("a") as file:
        file.write(f"{Checkpoint.objects.first().note}\n")


def forge_a_checkpoint(column: str, value: object) -> Doing:
    def forge(cast: Cast, settings: LazySettings) -> None:
        settings.AUDIT_ANCHORS = []
        with unguarded():
            sql("DELETE FROM backoffice_anchoring")
            size = middle().size
            sql(f"UPDATE backoffice_checkpoint SET {column} = %s WHERE size = %s", value, size)

    return forge


def sign_with_another_key(cast: Cast, settings: LazySettings) -> None:
    size = middle().size - 1
    key = SigningKey.new("desk.example.com/history")
    note = notes.make(size, tree.edge(size).root(), now(), [key])
    Checkpoint.objects.create(size=size, root=note.root, at=now(), note=str(note))


def change_a_row_and_its_hashes(cast: Cast, settings: LazySettings) -> None:
    """All but what was signed, with nothing outside to compare with."""
    settings.AUDIT_ANCHORS = []
    done = tamper("edit", random.Random(1), thorough=False)
    with unguarded():
        agree_leaves(random.Random(1), done)


def take_a_checkpoint(cast: Cast, settings: LazySettings) -> None:
    size = middle().size
    with unguarded():
        sql("DELETE FROM backoffice_anchoring WHERE checkpoint_id = %s", size)
        sql("DELETE FROM backoffice_checkpoint WHERE size = %s", size)


def take_a_checkpoint_from_an_anchor(cast: Cast, settings: LazySettings) -> None:
    path = first(settings).path / "checkpoints"
    text = path.read_text()
    assert middle().note in text
    path.write_text(text.replace(middle().note, ""))


def put_back_an_older_database(cast: Cast, settings: LazySettings) -> None:
    tamper("replay", random.Random(1), thorough=False)
    for name in settings.AUDIT_ANCHORS:  # which rows they were is for another check
        (Folder(name).path / "leaves-000000").unlink()


def lose_a_server(cast: Cast, settings: LazySettings) -> None:
    settings.AUDIT_ANCHORS = [*settings.AUDIT_ANCHORS, "http://127.0.0.1:9/history"]


def name_a_folder_that_is_none(cast: Cast, settings: LazySettings) -> None:
    settings.AUDIT_ANCHORS = [*settings.AUDIT_ANCHORS, "file:/somewhere/else"]


def begin_at_a_strangers_checkpoint(cast: Cast, settings: LazySettings) -> Note:
    key = SigningKey.new("desk.example.com/history")
    size = middle().size
    return notes.make(size, tree.edge(size).root(), now(), [key])


def begin_at_another_tree(cast: Cast, settings: LazySettings) -> Note:
    """One that our key did sign, in another database."""
    return notes.make(middle().size, bytes(32), now(), signing_keys())


# -- What is done by one who makes all hashes agree.


def thorough(kind: str) -> Doing:
    def do(cast: Cast, settings: LazySettings) -> None:
        tamper(kind, random.Random(1), thorough=True)

    return do


def slip_a_row_in_with_its_leaf(cast: Cast, settings: LazySettings) -> None:
    """With a date that is not odd."""
    chance = random.Random(1)
    with unguarded():
        done = insert(chance)
        [(label, row)] = done.rows
        date = connection.ops.adapt_datetimefield_value(now())
        set_column(by_label()[label], row, "history_date", date)
        agree(chance, done)


LIVE = {Kind.DIFFERS, Kind.UNMARKED, Kind.BARE, Kind.LACKS, Kind.DOUBLES, Kind.IMPOSSIBLE, Kind.ORPHAN, Kind.NAMELESS}  # fmt: skip
LISTED = {Kind.REMOVED, Kind.REWRITTEN, Kind.INSERTED, Kind.MOVED}
# What is done that this kind of finding tells of, and no other does.
TRIALS: dict[Kind, tuple[Doing, ...]] = {
    Kind.DIFFERS: (change_a_live_row,),
    Kind.UNMARKED: (swap_a_password,),
    Kind.BARE: (take_all_versions,),
    Kind.LACKS: (leave_a_number_out,),
    Kind.DOUBLES: (give_a_number_twice,),
    Kind.IMPOSSIBLE: (give_an_impossible_number,),
    Kind.ORPHAN: (take_a_live_row,),
    Kind.NAMELESS: tuple(
        map(without, ("history_user_id", "actor_name", "source", "history_change_reason"))
    ),
    Kind.GAP: (take_row_and_leaf,),
    Kind.GONE: (take_a_row,),
    Kind.CHANGED: (change_a_row,),
    Kind.DATED: (write_yesterdays_version,),
    Kind.UNSEALED: (slip_an_old_row_in, slip_a_row_in_below_the_watermark),
    Kind.NODE: (change_a_node,),
    Kind.ROOT: (change_a_row_and_its_hashes,),
    Kind.START: (begin_at_another_tree,),
    Kind.STRANGER: (begin_at_a_strangers_checkpoint,),
    Kind.SHORT: (put_back_an_older_database,),
    Kind.FORGED: (
        forge_a_checkpoint("root", bytes(32)),
        forge_a_checkpoint("size", 5),
        forge_a_checkpoint("note", "No checkpoint."),
    ),
    Kind.UNSIGNED: (sign_with_another_key,),
    Kind.DROPPED: (take_a_checkpoint,),
    Kind.LOST: (take_a_checkpoint_from_an_anchor,),
    Kind.DISORDER: (put_an_old_checkpoint_last,),
    Kind.UNREAD: (lose_a_server,),
    Kind.BARREN: (name_a_folder_that_is_none,),
    Kind.UNLISTED: (change_a_row_and_its_hashes, put_back_an_older_database),
    Kind.REMOVED: (thorough("delete"),),
    Kind.REWRITTEN: (thorough("edit"), thorough("forge_actor")),
    Kind.INSERTED: (slip_a_row_in_with_its_leaf,),
    Kind.MOVED: (thorough("reorder"),),
}


def look(kind: Kind, since: Note | None, leave_out: Iterable[Kind] = ()) -> Findings:
    """What the half of the verifier to which ``kind`` belongs finds; of what is listed, about rows."""
    if kind in LIVE:
        return verify(without=set(leave_out)).found
    found = verify_log(since=since, without=set(leave_out)).findings
    if kind in LISTED:
        found.kept = [finding for finding in found.kept if finding.model != LOG]
    elif kind == Kind.UNLISTED:
        found.kept = [finding for finding in found.kept if finding.kind == kind]
    else:  # it stands beside what does not hold, where nothing outside tells of rows
        found.kept = [finding for finding in found.kept if finding.kind != Kind.UNLISTED]
    return found


@pytest.mark.parametrize(
    ("kind", "trial"),
    [(kind, trial) for kind in Kind for trial in range(len(TRIALS.get(kind, ())))],
)
def test_without_any_one_of_its_checks_something_goes_unseen(
    sealed: Cast, settings: LazySettings, kind: Kind, trial: int
) -> None:
    assert look(kind, None).kept == []
    since = TRIALS[kind][trial](sealed, settings)
    found = look(kind, since)
    assert kinds(found) == {kind}, [finding.problem for finding in found.kept]
    assert look(kind, since, [kind]).kept == []


@pytest.mark.once
def test_every_check_is_tried() -> None:
    assert set(TRIALS) == set(Kind)
    assert all(TRIALS.values())


@pytest.mark.once
def test_every_kind_is_said_in_one_place_and_nothing_else_is_said() -> None:
    """Two places of one kind would be two checks, one of which nobody tried."""
    said: Counter[str] = Counter()
    made = []
    for path in Path(audit.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and path.name != "offline":
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")  # fmt: skip
                if name == "say":
                    kind = node.args[0]
                    assert isinstance(kind, ast.Attribute), (path, node.lineno)
                    assert ast.unparse(kind.value) == "Kind", (path, node.lineno)
                    said[kind.attr] += 1
                elif name == "Finding":
                    made.append(path.name)
    assert said == Counter(kind.name for kind in Kind)
    assert made == ["findings.py"]


def test_without_the_list_outside_the_row_is_not_named(sealed: Cast) -> None:
    done = tamper("edit", random.Random(1), thorough=True)
    assert done.rows <= rows(verify_log().findings)
    found = rows(verify_log(without=LISTED).findings)
    assert found
    assert not done.rows & found
