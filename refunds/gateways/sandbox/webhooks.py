"""The sandbox's webhooks: signed, and delivered until they are taken."""

import hashlib
import hmac
import json
import threading
import time
import urllib.error
import urllib.request

from refunds.gateways.sandbox.store import Store

PAUSE = 0.2  # seconds between two looks
PATIENCE = 5


def signature(key: str, body: bytes, at: int) -> str:
    """What stands in ``Sandbox-Signature``: the time, and an HMAC over time and body."""
    mark = hmac.new(key.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={mark}"


def deliver(store: Store, key: str, address: str) -> None:
    """Deliver what is due, once each; what is not taken is tried again later."""
    for row in store.due():
        event = {name: row[name] for name in ("event", "number", "status")}
        if _post(address, key, json.dumps(event).encode()):
            store.delivered(row["id"])
        else:
            store.postpone(row["id"], row["tries"] + 1)


def _post(address: str, key: str, body: bytes) -> bool:
    headers = {
        "Content-Type": "application/json",
        "Sandbox-Signature": signature(key, body, int(time.time())),
    }
    request = urllib.request.Request(address, body, headers)  # noqa: S310 - our own address
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE):  # noqa: S310 - likewise
            return True
    except urllib.error.HTTPError as problem:
        return problem.code == 404
    except OSError:
        return False


def start(store: Store, key: str, address: str) -> None:
    """Deliver in the background, as long as this process lives."""

    def keep_on() -> None:
        while True:
            deliver(store, key, address)
            time.sleep(PAUSE)

    threading.Thread(target=keep_on, daemon=True).start()
