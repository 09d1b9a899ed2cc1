"""Sharing SQLite's one writer with the people at their screens."""

import time

from django.db import connection

TURN = 0.1  # seconds of work, after which others get theirs
BREATH = 0.11  # who waits for SQLite looks again after a tenth of a second at the latest


def one_writer() -> bool:
    """Whether a transaction keeps everybody else from writing."""
    return not connection.features.has_select_for_update


class Turns:
    """Keeps the sweep from writing without a pause where there is one writer."""

    def __init__(self) -> None:
        self.began = time.monotonic()

    def breathe(self) -> None:
        """Let the others write, if this turn was long enough. To be called between transactions."""
        if one_writer() and time.monotonic() - self.began > TURN:
            time.sleep(BREATH)
            self.began = time.monotonic()
