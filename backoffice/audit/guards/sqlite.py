"""What SQLite can refuse of it: it has no check at commit, so a row that changed alone is the verifier's."""

from collections.abc import Iterator

from backoffice.audit.guards.pairs import Pair
from backoffice.audit.guards.trigger import Trigger


def triggers(pair: Pair) -> Iterator[Trigger]:
    """No row goes, and a version is the next one of its row, as the row is now."""
    stays = f"BEGIN SELECT RAISE(ABORT, 'Rows of {pair.live} are never deleted.'); END"
    yield Trigger(f"{pair.live}_no_delete", pair.live, "BEFORE DELETE", stays)
    yield Trigger(f"{pair.versions}_follows", pair.versions, "AFTER INSERT", _follows(pair))


def _follows(pair: Pair) -> str:
    same = " AND ".join(_same(pair, column) for column in pair.columns)
    return (
        "BEGIN SELECT CASE "  # noqa: S608 - names of our own tables
        f"WHEN NOT EXISTS (SELECT 1 FROM {pair.live} AS l WHERE {same}) "
        f"THEN RAISE(ABORT, 'A version in {pair.versions} is not what its row is.') "
        f"WHEN NEW.history_number <> 1 AND NOT EXISTS (SELECT 1 FROM {pair.versions} AS p "
        "WHERE p.id = NEW.id AND p.history_number = NEW.history_number - 1) "
        f"THEN RAISE(ABORT, 'A version in {pair.versions} does not follow the last one.') END; END"
    )


def _same(pair: Pair, column: str) -> str:
    """One column of both; SQLite keeps JSON as text, and one text may be written in several ways."""
    here, there = f"NEW.{column}", f"l.{column}"
    return f"json({there}) IS json({here})" if column in pair.documents else f"{there} IS {here}"
