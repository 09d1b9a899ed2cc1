"""The sweep as the tick calls it."""

import threading

from refunds.sweep.counts import Sweep
from refunds.sweep.run import expire_deadlines

_sweeping = threading.Lock()


def sweep_at_tick() -> Sweep | None:
    """Sweep, unless this process is still at it: then the tick goes on to its other work.

    Ticks come every few seconds, and the sweep after an outage may take minutes.
    """
    if not _sweeping.acquire(blocking=False):
        return None
    try:
        return expire_deadlines()
    finally:
        _sweeping.release()
