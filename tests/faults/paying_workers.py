"""A nest of workers that pay through gateways: each line on its input hatches one, to be killed.

It loads the product once and forks, so that a new worker is there at once. A worker is a process of
its own with connections of its own; whoever kills it kills nothing else.
"""

import os
import signal
import sys
import time

import django
from django.db import connections


def work_for_ever() -> None:
    """Take turns until killed."""
    from backoffice.run import die_with_parent
    from refunds.gateways.working import work

    die_with_parent(signal.SIGKILL)
    while True:
        work(seconds=5)
        time.sleep(0.05)


def say(word: str) -> None:
    """Tell whoever started this."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def main() -> None:
    """Hatch a worker per line, and say its process id."""
    django.setup()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    say("ready")
    for _line in sys.stdin:
        connections.close_all()
        pid = os.fork()
        if pid == 0:
            work_for_ever()
        say(str(pid))


if __name__ == "__main__":
    main()
