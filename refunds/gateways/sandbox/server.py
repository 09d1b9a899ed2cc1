"""The sandbox's HTTP: refunds and questions for its customer, behaviour and store for whoever tests."""

import contextlib
import hmac
import json
import sqlite3
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from refunds.gateways.sandbox.behaviour import Behaviour, read
from refunds.gateways.sandbox.store import Store, status_of

LIMIT = 64 * 1024  # bytes of a request
NEEDED = ("number", "payment", "amount", "currency")


class Sandbox(ThreadingHTTPServer):
    """The server, and what it goes by."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, store: Store, key: str) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.store, self.key, self.behaviour = store, key, Behaviour()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A customer who has gone away is no news."""


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Sandbox
    timeout = 30

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's name
        """Nothing: tests and trials make thousands of requests."""

    def do_GET(self) -> None:
        """What became of a number; how it behaves; all that it executed."""
        if not self._known():
            return
        if self.path.startswith("/v1/refunds/"):
            self._tell(self.server.store.find(self.path.rpartition("/")[2]))
        elif self.path.startswith("/v1/bookings?"):
            self._list(parse_qs(urlsplit(self.path).query))
        elif self.path == "/admin/refunds":
            self._answer(200, [_shown(row) for row in self.server.store.everything()])
        elif self.path == "/admin/pending":
            self._answer(200, {"deliveries": self.server.store.pending()})
        else:
            self._answer(404, {"error": "no_such_page"})

    def do_POST(self) -> None:
        """Refund; or behave otherwise from now on."""
        if not self._known():
            return
        body = self._body()
        if body is None:
            self._answer(400, {"error": "not_json"})
        elif self.path == "/v1/refunds":
            self._refund(body)
        elif self.path == "/admin/behaviour":
            self._behave(body)
        elif self.path == "/admin/bounce":
            self._bounce(str(body.get("number", "")))
        else:
            self._answer(404, {"error": "no_such_page"})

    def _behave(self, told: dict[str, Any]) -> None:
        try:
            self.server.behaviour = read(told)
        except (TypeError, ValueError) as problem:
            self._answer(400, {"error": str(problem)})
        else:
            self._answer(200, told)

    def _bounce(self, number: str) -> None:
        """The buyer's bank sends back what had arrived."""
        row = self.server.store.bounce(number, "The buyer's bank sent it back.")
        if row is not None:
            event = f"evt_{number}_bounced"
            self.server.store.announce(event, number, "refused", time.time())
        self._tell(row)

    def _refund(self, body: dict[str, Any]) -> None:
        if not all(isinstance(body.get(name), str) and body[name] for name in NEEDED):
            self._answer(400, {"error": "incomplete"})
            return
        store, how, number = self.server.store, self.server.behaviour, body["number"]
        before = store.find(number)
        if before is not None and any(before[name] != body[name] for name in NEEDED):
            self._answer(409, {"error": "number_taken"})
            return
        what = how.draw(number, store.count(number))
        if what in ("busy", "broken", "drop") and before is None:
            self._leave(what)
            return
        row = store.put(
            body,
            refused="The buyer's account is closed." if what == "refuse" else "",
            executes_in=how.execute_after if what == "stray" else 0,
            settles_in=how.settle_after if what == "late" else 0,
        )
        if before is None:
            self._announce(row)
        self._leave(what, row)

    def _leave(self, what: str, row: sqlite3.Row | None = None) -> None:
        """Answer – or not, as the draw says."""
        if what in ("drop", "lose", "stray"):
            time.sleep(self.server.behaviour.hang)
            self.close_connection = True
        elif what == "busy":
            self._answer(429, {"error": "too_many"})
        elif what == "broken":
            self._answer(500, {"error": "broken"})
        elif what == "garbage":
            self._send(200, b"<html>It works!</html>")
        else:
            self._tell(row)

    def _announce(self, row: sqlite3.Row) -> None:
        """Webhooks: that it was accepted, and how it ended."""
        how = self.server.behaviour
        steps = [("pending", row["executes_at"])]
        final = "refused" if row["refused"] else "settled"
        steps.append((final, row["settles_at"]))
        for status, at in steps if how.hooks else ():
            event = f"evt_{row['number']}_{status}"
            for delay in how.delays(event):
                self.server.store.announce(event, row["number"], status, at + delay)

    def _list(self, asked: dict[str, list[str]]) -> None:
        """What was booked in a time."""
        try:
            since, until = (float(asked[name][0]) for name in ("since", "until"))
        except (KeyError, ValueError):
            self._answer(400, {"error": "incomplete"})
        else:
            self._answer(200, self.server.store.bookings(since, until))

    def _tell(self, row: sqlite3.Row | None) -> None:
        if row is None:
            self._answer(404, {"error": "not_found"})
        else:
            self._answer(200, _shown(row))

    def _known(self) -> bool:
        """Whether the customer has the key."""
        given = self.headers.get("Authorization", "")
        if hmac.compare_digest(given.encode(), f"Bearer {self.server.key}".encode()):
            return True
        self._answer(401, {"error": "unknown_key"})
        return False

    def _body(self) -> dict[str, Any] | None:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > LIMIT:
            return None
        try:
            found = json.loads(self.rfile.read(int(length)))
        except ValueError:
            return None
        return found if isinstance(found, dict) else None

    def _answer(self, status: int, content: Any) -> None:
        self._send(status, json.dumps(content).encode(), "application/json")

    def _send(self, status: int, content: bytes, kind: str = "text/html") -> None:
        with contextlib.suppress(OSError):  # gone before the answer: not the sandbox's worry
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)


def _shown(row: sqlite3.Row) -> dict[str, str]:
    names = ("number", "payment", "amount", "currency", "reference")
    return {
        **{name: row[name] for name in names},
        "status": status_of(row),
        "reason": row["refused"],
    }
