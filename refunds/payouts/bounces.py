"""Money that comes back after it had arrived: the payout is *returned*, and its case open again.

A statement tells it, or a provider. Nothing that was written is edited: the ledger gets a movement
the other way, and only a new payout, with a new number, ends the case.
"""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy, gettext_noop

from backoffice.actors import Actor
from backoffice.audit.bulk import update_many
from backoffice.audit.recording import recorded
from backoffice.audit.timeline import register_action_labels
from merchants.people import holders
from orders.models import Order
from refunds import ledger, notices
from refunds.models import Notice, Payout, RefundCase
from refunds.workflow import perform

REASON = gettext_noop("The bank returned the money after it had arrived.")
RETRY = "refunds.retry_payout"
register_action_labels({"return": gettext_lazy("Returned by the bank")}.get)


def bounce(*, reasons: Mapping[int, str], actor: Actor) -> list[Payout]:
    """Take back the settled payouts among ``reasons`` (id to the bank's words); gives those.

    Their cases wait for a new payout, and finance is told. What is returned already, or never
    settled, is left as it is: told twice, it happens once. Raises ``NotFound`` or ``NotAllowed``
    where ``actor`` may not say what the bank did; then nothing of it happens.
    """
    with recorded(actor, REASON, "return"):
        payouts = _locked(list(reasons))
        for payout in payouts:
            payout.bounce()
            payout.bank_reason = reasons[payout.pk][:300]
        update_many(payouts, ["state", "bank_reason"])
        ledger.returned(payouts)
        for payout in payouts:
            _open_again(payout, actor)
    return payouts


def _locked(ids: list[int]) -> list[Payout]:
    """The settled ones, locked behind their orders and cases."""
    rows = Payout.objects.filter(pk__in=ids)
    cases = RefundCase.objects.filter(pk__in=rows.values("case"))
    orders = Order.objects.filter(pk__in=cases.values("order"))
    for queryset in (orders, cases):
        list(queryset.select_for_update(of=("self",)).order_by("pk").values_list("pk"))
    settled = rows.filter(state=Payout.State.SETTLED).order_by("pk")
    return list(settled.select_for_update(of=("self",)))


def _open_again(payout: Payout, actor: Actor) -> None:
    case = perform("bounce", case_id=payout.case_id, actor=actor)
    notices.tell(
        recipients=holders(RETRY, case.store),
        case=case,
        kind=Notice.Kind.BOUNCED,
        about=f"payout {payout.number}",
    )
