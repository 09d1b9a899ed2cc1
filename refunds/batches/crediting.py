"""Store credit: given inside at the release of its batch, with no file and no bank in between."""

from django.utils.translation import gettext_lazy, gettext_noop

from backoffice import clock
from backoffice.actors import RULES, Actor, system
from backoffice.audit.bulk import update_many
from backoffice.audit.recording import recorded
from backoffice.audit.timeline import register_action_labels
from orders.models import Order
from refunds import ledger
from refunds.models import Payout, RefundBatch, RefundCase
from refunds.workflow import perform

GIVEN = gettext_noop("Store credit was given to the buyer.")
register_action_labels({"give_credit": gettext_lazy("Given as store credit")}.get)


def lock_cases(batch: RefundBatch) -> None:
    """Lock the batch's orders and cases, in the order that everybody locks them in."""
    cases = RefundCase.objects.filter(payouts__batch=batch)
    orders = Order.objects.filter(pk__in=cases.values("order"))
    list(orders.select_for_update(of=("self",)).order_by("pk").values_list("pk"))
    locked = RefundCase.objects.filter(pk__in=cases.values("pk"))
    list(locked.select_for_update(of=("self",)).order_by("pk").values_list("pk"))


def give(batch: RefundBatch, payouts: list[Payout], actor: Actor) -> None:
    """Settle the approved ``payouts`` and refund their cases; the batch is answered in full.

    Called by the release, under its locks: see ``lock_cases``.
    """
    with recorded(actor, GIVEN, "give_credit"):
        batch.send()
        for payout in payouts:
            payout.send()
            payout.settle()
            payout.settled_at = clock.now()
        update_many(payouts, ["state", "settled_at"])
        ledger.sent(payouts)
        ledger.settled(payouts)
        batch.reconcile()
        batch.save()
    for payout in payouts:
        perform("refund", case_id=payout.case_id, actor=system(RULES), note=GIVEN)
