"""``python -m refunds.gateways.sandbox``: the sandbox on a port of this machine, until it is stopped."""

import argparse
import contextlib
import json
import os
from pathlib import Path

from refunds.gateways.sandbox import webhooks
from refunds.gateways.sandbox.behaviour import read
from refunds.gateways.sandbox.server import Sandbox
from refunds.gateways.sandbox.store import Store


def main() -> None:
    """Serve. The key is in the environment (``SANDBOX_DEMO_KEY``), where no list of processes shows it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--store", type=Path, required=True, help="The SQLite file that it keeps.")
    parser.add_argument("--hook", default="", help="Where its webhooks go.")
    parser.add_argument("--behaviour", type=json.loads, default={}, help="As JSON.")
    told = parser.parse_args()
    key = os.environ.get("SANDBOX_DEMO_KEY") or "for-trials-only"
    store = Store(told.store)
    server = Sandbox(told.port, store, key)
    server.behaviour = read(told.behaviour)
    if told.hook:
        webhooks.start(store, key, told.hook)
    with contextlib.suppress(KeyboardInterrupt):
        server.serve_forever()


if __name__ == "__main__":
    main()
