"""A nest of processes that write history, and of sequencers that seal it, to be killed.

It loads the product once and forks: each line on its input, ``write`` or ``seal``, hatches one.
"""

import os
import random
import signal
import sys
import time

import django
from django.db import connections

SMALL = 20  # leaves of a transaction: many of them, to be killed between


def write_for_ever(number: int) -> None:
    """Rename this writer's own suppliers, some at once, some in a transaction that takes its time."""
    from backoffice.actors import IMPORTER, system
    from backoffice.audit.recording import recorded
    from merchants.models import Supplier

    chance, actor = random.Random(os.getpid()), system(IMPORTER)
    rows = list(Supplier.objects.filter(name__endswith=str(number)))
    while True:
        with recorded(actor, "Writing at full speed."):
            for row in chance.sample(rows, chance.randrange(1, 4)):
                row.name = f"{chance.random()} {row.name[-1]}"
                row.save()
            time.sleep(chance.choice([0, 0.02, 0.05]))


def seal_for_ever() -> None:
    """Seal and sign until killed."""
    from backoffice.audit.log import sealing
    from backoffice.audit.log.ticking import seal_at_tick

    sealing.CHUNK = SMALL
    while True:
        seal_at_tick()


def say(word: str) -> None:
    """Tell whoever started this."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def main() -> None:
    """Hatch, and say each one's process id."""
    from backoffice.run import die_with_parent

    django.setup()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    say("ready")
    for number, line in enumerate(sys.stdin):
        connections.close_all()
        pid = os.fork()
        if pid == 0:
            die_with_parent(signal.SIGKILL)
            write_for_ever(number) if line.strip() == "write" else seal_for_ever()
        say(str(pid))


if __name__ == "__main__":
    main()
