"""What stops every rule, whatever it says; the daily cap comes on top, shared with the timer."""

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_noop

from refunds.deciding import rails
from refunds.deciding.rails import Rail
from refunds.models import CaseLine, FlaggedSku, RefundCase, State


def _flagged(case: RefundCase) -> bool:
    flagged = FlaggedSku.objects.filter(store=case.store_id, active=True).values("sku")
    return case.lines.filter(order_line__sku__in=flagged).exists()


SWITCHED_OFF = Rail(
    gettext_noop("Instant approval is switched off for this store."),
    lambda case: not case.store.instant_approval,
    Q(store__instant_approval=False),
)
FLAGGED = Rail(
    gettext_noop("An article of the case is flagged."),
    _flagged,
    Q(
        Exists(
            CaseLine.objects.filter(
                case=OuterRef("pk"),
                order_line__sku__in=FlaggedSku.objects.filter(
                    store=OuterRef("case__store"), active=True
                ).values("sku"),
            )
        )
    ),
)
# A request that was reopened is for a person again: a photo alone does not undo what one decided.
_refusals = RefundCase.history.filter(state=State.REJECTED)
REFUSED_BEFORE = Rail(
    gettext_noop("A person refused this request before."),
    lambda case: _refusals.filter(id=case.pk).exists(),
    Q(Exists(_refusals.filter(id=OuterRef("pk")))),
)
INSTANT = (
    SWITCHED_OFF,
    rails.HELD,
    rails.ABOVE_CEILING,
    *rails.COMMON,
    FLAGGED,
    REFUSED_BEFORE,
)
