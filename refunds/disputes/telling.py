"""Who hears of a verdict."""

from backoffice.actors import Actor
from refunds.models import Dispute


def tell_verdict(dispute: Dispute, actor: Actor) -> None:
    """Tell the one who works on the case, and those who could appeal."""
