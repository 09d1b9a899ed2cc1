"""A nest of workers that die at the moment they are told: each line on its input hatches one.

It loads the product once – and the modules that it is started with – and forks, so that a new worker is
there at once. A worker's moments are the ones just before and just after each statement that it sends to
the database, and what its code counts as one. At the moment named it kills itself with SIGKILL: nothing
of it is rolled back, closed or told. One that is ``left`` to itself is waited for by nobody, and ends
with the nest, or with whoever kills it.
"""

import json
import os
import signal
import sys
import traceback
from importlib import import_module
from typing import Any

import django
from django.db import connection, connections

from backoffice.run import die_with_parent


class Moments:
    """Counts a worker's moments, and ends it at one of them."""

    def __init__(self, last: int) -> None:
        self.count, self.last = 0, last

    def passes(self) -> None:
        """One more moment."""
        self.count += 1
        if self.count == self.last:
            os.kill(os.getpid(), signal.SIGKILL)

    def __call__(self, execute: Any, *arguments: Any) -> Any:
        """Around a statement."""
        self.passes()
        answer = execute(*arguments)
        self.passes()
        return answer


def work(code: str, dies_at: int, told: int) -> None:
    """Run ``code``, and write to ``told`` how many moments that took; never comes back."""
    moments, failed = Moments(dies_at), 1
    sys.stdout = sys.stderr  # the answers alone go to the output
    try:
        with connection.execute_wrapper(moments):
            exec(code, {"moment": moments.passes})
        os.write(told, str(moments.count).encode())
        failed = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(failed)


def hatch(code: str, dies_at: int) -> dict[str, Any]:
    """A worker from its beginning to its end; gives how it ended, and its number of moments."""
    connections.close_all()
    read, told = os.pipe()
    pid = os.fork()
    if pid == 0:
        work(code, dies_at, told)
    os.close(told)
    with os.fdopen(read) as answer:
        moments = int(answer.read() or 0)
    _pid, status = os.waitpid(pid, 0)
    return {"code": os.waitstatus_to_exitcode(status), "moments": moments}


def leave(code: str) -> dict[str, Any]:
    """A worker that goes on by itself; gives its process id."""
    connections.close_all()
    pid = os.fork()
    if pid:
        return {"pid": pid}
    die_with_parent(signal.SIGKILL)
    sys.stdin.close()
    try:
        exec(code, {})
    except BaseException:
        traceback.print_exc()
    os._exit(1)


def main() -> None:
    """Hatch a worker per line."""
    django.setup()
    for module in sys.argv[1:]:
        import_module(module)
    for line in sys.stdin:
        order = json.loads(line)
        answer = leave(order["code"]) if order.pop("left", False) else hatch(**order)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
