"""What the refund desk's history is asked for all the time, because it should rarely be found."""

from backoffice.audit.search.unusual import register_unusual
from refunds.unusual import buyers, hours, newcomers, pairs, rails, release, speed


def register() -> None:
    """Have all of it asked."""
    for part in (hours, pairs, release, speed, rails, buyers, newcomers):
        register_unusual(*part.QUESTIONS)
