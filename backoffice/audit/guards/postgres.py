"""Complete history on PostgreSQL: a row commits with its version, and a version only with its row.

Three things hold together. A version is refused unless it equals its row, has the next number, and is
the first since the row was written. At commit, a row is refused unless its last version is what it is.
And no row goes. So whatever commits has a version, the last one is the row, and none in between is missing.

That a version is of a write that had none, the database knows itself: both carry the transaction (or the
savepoint in it) that made them, ``xmin``, and the number of the command in it, ``cmin``. The commit does
not ask that: a write that was taken back with its savepoint leaves a mark in the ``cmin`` of the row.

What waits for the commit is one note per statement, with the keys of all rows that it wrote: one that
waits for each row would cost as much again as writing it.
"""

from collections.abc import Iterator

from backoffice.audit.guards.pairs import Pair
from backoffice.audit.guards.trigger import Trigger, refusal

NOTES, NOTE, KEEPS = (
    "backoffice_unrecorded",
    "backoffice_note_unrecorded",
    "backoffice_never_deleted",
)
# Empty but for transactions under way; nobody can take a note back before it was looked at.
TABLES = (
    f"CREATE UNLOGGED TABLE IF NOT EXISTS {NOTES} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "
    "live text NOT NULL, written bigint[] NOT NULL)",
)
# Whatever the tables held when a session planned its first check, it goes by the index for ever.
BY_INDEX = ("enable_seqscan = off", "enable_hashjoin = off", "enable_mergejoin = off")
LATER = "p.cmin::text::bigint >= l.cmin::text::bigint"  # the type of commands has no order
WRITTEN = " REFERENCING NEW TABLE AS written"
STAYS = "Rows of % are never deleted."


def triggers(pair: Pair) -> Iterator[Trigger]:
    """All that PostgreSQL keeps of a table and its versions."""
    live, versions = pair.live, pair.versions
    stays = f"BEGIN {refusal(STAYS, 'TG_TABLE_NAME')} END"
    for verb, each in (("DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
        name = f"{live}_no_{verb.lower()}"
        yield Trigger(name, live, f"BEFORE {verb}", stays, each, function=KEEPS)
    for verb in ("INSERT", "UPDATE"):
        name, moment = f"{live}_{verb.lower()}", f"AFTER {verb}{WRITTEN}"
        yield Trigger(name, live, moment, _note(), "STATEMENT", function=NOTE)
    name, moment = f"{versions}_follows", f"AFTER INSERT{WRITTEN}"
    yield Trigger(name, versions, moment, _follows(pair), "STATEMENT", settings=BY_INDEX)
    name, own = f"{live}_recorded", f"new.live = '{live}'::text"
    recorded = _recorded(pair)
    yield Trigger(name, NOTES, "AFTER INSERT", recorded, at_commit_of=own, settings=BY_INDEX)


def _note() -> str:
    """Keep the keys of a statement's rows until the commit."""
    return f"""
BEGIN
    INSERT INTO {NOTES} (live, written)
    SELECT TG_TABLE_NAME, array_agg(id) FROM written HAVING count(*) > 0;
    RETURN NULL;
END"""  # noqa: S608 - our own words


def _follows(pair: Pair) -> str:
    """Every version of a statement against its row as it is now, and against the version before."""
    version, row = (", ".join(f"{of}.{name}" for name in pair.columns) for of in ("n", "l"))
    refuse = refusal(
        "In %, version % of row % %.",
        f"'{pair.live}'",
        "wrong.history_number",
        "wrong.id",
        "wrong.problem",
    )
    return f"""
DECLARE wrong record;
BEGIN
    SELECT * INTO wrong FROM (
        SELECT n.id, n.history_number, CASE
            WHEN l.id IS NULL OR ({version}) IS DISTINCT FROM ({row}) THEN 'is not what the row is'
            WHEN n.history_number <> 1 AND p.id IS NULL THEN 'does not follow the last one'
            WHEN l.xmin <> own.xmin THEN 'records no change'
            WHEN p.xmin = l.xmin AND {LATER} THEN 'records no change'
        END AS problem
        FROM written n
        CROSS JOIN (
            SELECT v.xmin FROM {pair.versions} v
            WHERE v.history_id = (SELECT history_id FROM written LIMIT 1)
        ) own
        LEFT JOIN {pair.live} l ON l.id = n.id
        LEFT JOIN {pair.versions} p ON p.id = n.id AND p.history_number = n.history_number - 1
    ) AS checked WHERE problem IS NOT NULL LIMIT 1;
    IF FOUND THEN {refuse} END IF;
    RETURN NULL;
END"""  # noqa: S608 - names of our own tables


def _recorded(pair: Pair) -> str:
    """At commit: the last version is what the row is."""
    version, row = (", ".join(f"{of}.{name}" for name in pair.columns) for of in ("v", "l"))
    refuse = refusal("In %, row % changed without a version.", f"'{pair.live}'", "alone")
    return f"""
DECLARE alone bigint;
BEGIN
    SELECT l.id INTO alone FROM unnest(NEW.written) AS w(id) JOIN {pair.live} l ON l.id = w.id
    WHERE NOT EXISTS (
        SELECT 1 FROM (
            SELECT * FROM {pair.versions} WHERE id = l.id ORDER BY history_number DESC LIMIT 1
        ) v WHERE ({version}) IS NOT DISTINCT FROM ({row})
    ) LIMIT 1;
    IF FOUND THEN {refuse} END IF;
    DELETE FROM {NOTES} WHERE id = NEW.id;
    RETURN NULL;
END"""  # noqa: S608 - names of our own tables
