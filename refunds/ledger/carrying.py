"""Payouts from before there was a ledger: their movements are written down once, after migrating."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy, gettext_noop

from backoffice.actors import INSTALLER, system
from backoffice.audit.recording import recorded
from backoffice.audit.timeline import register_action_labels
from refunds.ledger.checking import NEVER_SENT
from refunds.ledger.posting import failed, returned, sent, settled
from refunds.models import Payout

REASON = gettext_noop("Written down for payouts from before the ledger.")
register_action_labels({"carry_over": gettext_lazy("Carried over")}.get)
PAGE = 500
State = Payout.State


def carry_over() -> None:
    """Write the entries of payouts that were sent before; nothing where there are none."""
    for payouts in _pages():
        with recorded(system(INSTALLER), REASON, "carry_over"):
            sent(payouts)
            arrived = (State.SETTLED, State.RETURNED)
            settled([payout for payout in payouts if payout.state in arrived])
            returned([payout for payout in payouts if payout.state == State.RETURNED])
            failed([payout for payout in payouts if payout.state == State.FAILED])


def _pages() -> Iterator[list[Payout]]:
    """The payouts without an entry, some at a time; each page is gone once it is written."""
    while True:
        bare = Payout.objects.exclude(state__in=NEVER_SENT).filter(ledger=None)
        page = list(bare.order_by("pk")[:PAGE])
        if not page:
            return
        yield page
