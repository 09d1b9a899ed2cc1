"""What stops every rule, whatever it says; the daily cap comes on top, shared with the timer."""

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_noop

from refunds import rails
from refunds.models import CaseLine, FlaggedSku, RefundCase
from refunds.rails import Rail


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
INSTANT = (SWITCHED_OFF, rails.HELD, rails.ABOVE_CEILING, *rails.COMMON, FLAGGED)
