"""Complete history on SQLite: a row commits with its version, and a version only with its row.

SQLite has no trigger at commit, but it looks at deferred foreign keys there. So whatever is written to an
audited row leaves a note, and a note of a real change refers to a row that never exists; the version takes
the note away. A note that is left over makes the commit fail.

Whoever leaves foreign keys off, as SQLite's own shell does, is not refused: the verifier finds the row.
"""

from collections.abc import Iterator

from backoffice.audit.guards.pairs import Pair
from backoffice.audit.guards.trigger import Trigger

NOTES, NEVER = "backoffice_unrecorded", "backoffice_never"
MOST = 1000  # tables; a note's key is that of its row times so many, plus the number of its table
TABLES = (
    f"CREATE TABLE IF NOT EXISTS {NEVER} (id INTEGER PRIMARY KEY CHECK (id IS NULL))",
    f"CREATE TABLE IF NOT EXISTS {NOTES} (id INTEGER PRIMARY KEY, "
    f"unsaid INTEGER REFERENCES {NEVER} (id) DEFERRABLE INITIALLY DEFERRED)",
)
FORGET = f"DELETE FROM {NOTES}"  # noqa: S608 - our own table


def triggers(pair: Pair) -> Iterator[Trigger]:
    """No row goes, each write is noted, and a version is the next one of a row that was written."""
    live, columns = pair.live, ", ".join(pair.columns)
    stays = f"BEGIN SELECT RAISE(ABORT, 'Rows of {live} are never deleted.'); END"
    yield Trigger(f"{live}_no_delete", live, "BEFORE DELETE", stays)
    yield Trigger(f"{live}_insert", live, "AFTER INSERT", _note(pair, "1"))
    differs = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in pair.columns)
    changed = _note(pair, f"CASE WHEN {differs} THEN 1 END")
    yield Trigger(f"{live}_update", live, f"AFTER UPDATE OF {columns}", changed)
    yield Trigger(f"{pair.versions}_follows", pair.versions, "AFTER INSERT", _follows(pair))


def _note(pair: Pair, unsaid: str) -> str:
    """A write that changed nothing may have a version, and needs none."""
    return (
        f"BEGIN INSERT INTO {NOTES} (id, unsaid) VALUES ({_key(pair)}, {unsaid}) "  # noqa: S608 - our own words
        "ON CONFLICT (id) DO UPDATE SET unsaid = coalesce(excluded.unsaid, unsaid); END"
    )


def _follows(pair: Pair) -> str:
    same = " AND ".join(_same(pair, column) for column in pair.columns)
    note = f"{NOTES} WHERE id = {_key(pair)}"
    return (
        "BEGIN SELECT CASE "  # noqa: S608 - names of our own tables
        f"WHEN NOT EXISTS (SELECT 1 FROM {pair.live} AS l WHERE {same}) "
        f"THEN RAISE(ABORT, 'A version in {pair.versions} is not what its row is.') "
        f"WHEN NEW.history_number <> 1 AND NOT EXISTS (SELECT 1 FROM {pair.versions} AS p "
        "WHERE p.id = NEW.id AND p.history_number = NEW.history_number - 1) "
        f"THEN RAISE(ABORT, 'A version in {pair.versions} does not follow the last one.') "
        f"WHEN NOT EXISTS (SELECT 1 FROM {note}) "
        f"THEN RAISE(ABORT, 'A version in {pair.versions} records no change.') END; "
        f"DELETE FROM {note}; END"
    )


def _key(pair: Pair) -> str:
    return f"NEW.id * {MOST} + {pair.number}"


def _same(pair: Pair, column: str) -> str:
    """One column of both; SQLite keeps JSON as text, and one text may be written in several ways."""
    here, there = f"NEW.{column}", f"l.{column}"
    return f"json({there}) IS json({here})" if column in pair.documents else f"{there} IS {here}"
