"""What the sandbox executed: a SQLite file of its own, with one row per number, for ever."""

import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

TABLES = """
CREATE TABLE IF NOT EXISTS refunds (
    number TEXT PRIMARY KEY, payment TEXT NOT NULL, amount TEXT NOT NULL, currency TEXT NOT NULL,
    reference TEXT NOT NULL, refused TEXT NOT NULL, executes_at REAL NOT NULL, settles_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS bounces (number TEXT PRIMARY KEY, why TEXT NOT NULL, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS requests (number TEXT PRIMARY KEY, count INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY, event TEXT NOT NULL, number TEXT NOT NULL, status TEXT NOT NULL,
    due_at REAL NOT NULL, tries INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (due_at);
"""
COLUMNS = "number, payment, amount, currency, reference, refused, executes_at, settles_at"
TRIES = 5


class Store:
    """The sandbox's memory. Every method is one transaction."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._link = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._link.row_factory = sqlite3.Row
        self._link.execute("PRAGMA journal_mode=WAL")
        self._link.execute(
            "PRAGMA synchronous=OFF"
        )  # it survives kills, and need not survive power cuts
        self._link.executescript(TABLES)

    def _do(self, statement: str, *values: Any) -> list[sqlite3.Row]:
        with self._lock:
            return self._link.execute(statement, values).fetchall()

    def count(self, number: str) -> int:
        """Note one more request of ``number``; gives how many there were."""
        ((count,),) = self._do(
            "INSERT INTO requests VALUES (?, 1) "
            "ON CONFLICT (number) DO UPDATE SET count = count + 1 RETURNING count",
            number,
        )
        return int(count)

    def put(
        self,
        wanted: dict[str, str],
        *,
        refused: str = "",
        executes_in: float = 0,
        settles_in: float = 0,
    ) -> sqlite3.Row:
        """Execute what is wanted – once: a number that is here already stays as it is.

        What was to happen later happens now, if it is asked for again.
        """
        at = time.time() + executes_in
        rows = self._do(
            f"INSERT INTO refunds ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?) "  # noqa: S608 - constants
            "ON CONFLICT (number) DO UPDATE SET executes_at = min(executes_at, excluded.executes_at), "
            "settles_at = settles_at - max(0, executes_at - excluded.executes_at) "
            f"RETURNING {COLUMNS}",
            *(wanted[name] for name in ("number", "payment", "amount", "currency")),
            f"SB-{wanted['number'][3:]}", refused, at, at + settles_in,
        )  # fmt: skip
        return rows[0]

    def bounce(self, number: str, why: str) -> sqlite3.Row | None:
        """Let what arrived come back, once."""
        self._do(
            "INSERT INTO bounces SELECT number, ?, ? FROM refunds WHERE number = ? "
            "ON CONFLICT (number) DO NOTHING",
            why, time.time(), number,
        )  # fmt: skip
        found = self._do(
            f"UPDATE refunds SET refused = ? WHERE number = ? RETURNING {COLUMNS}",  # noqa: S608 - constants
            why,
            number,
        )
        return found[0] if found else None

    def find(self, number: str) -> sqlite3.Row | None:
        """What was executed under ``number``, if it was."""
        found = self._do(
            f"SELECT {COLUMNS} FROM refunds WHERE number = ? AND executes_at <= ?",  # noqa: S608 - constants
            number,
            time.time(),
        )
        return found[0] if found else None

    def everything(self) -> list[sqlite3.Row]:
        """All that was executed."""
        return self._do(
            f"SELECT {COLUMNS} FROM refunds WHERE executes_at <= ? ORDER BY number",  # noqa: S608 - constants
            time.time(),
        )

    def bookings(self, since: float, until: float) -> list[dict[str, Any]]:
        """What was paid from ``since`` on and before ``until``, and what came back then."""
        rows = self._do(
            "SELECT r.number, amount, currency, reference, settles_at AS at, 0 AS returned, '' AS reason "
            "FROM refunds r LEFT JOIN bounces b USING (number) "
            "WHERE (refused = '' OR b.number IS NOT NULL) AND settles_at >= ? AND settles_at < ? "
            "UNION ALL SELECT r.number, amount, currency, reference || '-B', b.at, 1, why "
            "FROM refunds r JOIN bounces b USING (number) WHERE b.at >= ? AND b.at < ? ORDER BY at",
            since, until, since, until,
        )  # fmt: skip
        return [{**dict(row), "returned": bool(row["returned"])} for row in rows]

    def announce(self, event: str, number: str, status: str, due_at: float) -> None:
        """Have a webhook delivered."""
        self._do(
            "INSERT INTO deliveries (event, number, status, due_at) VALUES (?, ?, ?, ?)",
            event, number, status, due_at,
        )  # fmt: skip

    def due(self) -> list[sqlite3.Row]:
        """Deliveries whose time has come."""
        return self._do(
            "SELECT * FROM deliveries WHERE due_at <= ? ORDER BY due_at LIMIT 50", time.time()
        )

    def delivered(self, delivery: int) -> None:
        """Forget a delivery that arrived, or that nobody wants."""
        self._do("DELETE FROM deliveries WHERE id = ?", delivery)

    def postpone(self, delivery: int, tries: int) -> None:
        """Try a delivery again later, each time after a longer wait; not for ever."""
        if tries >= TRIES:
            self.delivered(delivery)
        else:
            self._do(
                "UPDATE deliveries SET tries = ?, due_at = ? WHERE id = ?",
                tries, time.time() + 2.0**tries, delivery,
            )  # fmt: skip

    def pending(self) -> int:
        """How many deliveries are still to be made."""
        return int(self._do("SELECT count(*) FROM deliveries")[0][0])


def status_of(row: sqlite3.Row) -> str:
    """Where a refund stands now."""
    if row["refused"]:
        return "refused"
    return "settled" if row["settles_at"] <= time.time() else "pending"
