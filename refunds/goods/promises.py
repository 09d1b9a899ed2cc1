"""What a store has promised to send in an exchange: taken out of stock at once, given back once.

The caller holds the locks of order and case; stock is locked last.
"""

from collections import Counter
from collections.abc import Mapping

from django.db.models import F
from django.utils.translation import gettext as _

from backoffice import clock, money
from backoffice.exceptions import BadInput
from orders import stock
from orders.models import OrderLine
from refunds.models import CaseLine, Kind, RefundCase, Replacement, ReplacementLine, State

WITHOUT_GOODS = (State.WITHDRAWN, State.REJECTED)


def live(case: RefundCase) -> Replacement | None:
    """The case's replacement that is promised or shipped, if there is one."""
    return case.replacements.filter(cancelled_at=None).first()


def promise(
    case: RefundCase,
    *,
    quantities: Mapping[int, int] | None = None,
    skus: Mapping[int, str] | None = None,
) -> Replacement:
    """Take the pieces of an exchange out of stock and write down that they are the buyer's.

    ``quantities`` and ``skus`` are by case line; without them it is what the buyer bought. Raises
    ``OutOfStock``, and ``BadInput`` for a variant that costs something else.
    """
    wanted = [
        (line, (skus or {}).get(line.pk) or line.order_line.sku, count)
        for line in case.lines.select_related("order_line")
        if (count := line.quantity if quantities is None else quantities.get(line.pk, 0))
    ]
    if not wanted:
        raise BadInput(_("There is nothing to send: an exchange is about pieces of an order line."))
    for line, sku, _count in wanted:
        check_variant(case, line.order_line, sku)
    pieces: Counter[str] = Counter()
    for _line, sku, count in wanted:
        pieces[sku] += count
    stock.take(case.store, pieces)
    return _written(case, wanted)


def _written(case: RefundCase, wanted: list[tuple[CaseLine, str, int]]) -> Replacement:
    replacement = Replacement.objects.create(case=case, made_at=clock.now())
    for line, sku, count in wanted:
        ReplacementLine.objects.create(
            replacement=replacement, order_line=line.order_line, sku=sku, quantity=count
        )
    return replacement


def check_variant(case: RefundCase, bought: OrderLine, sku: str) -> None:
    """Raise ``BadInput`` unless ``sku`` costs what the buyer's article did.

    What an article costs is what this store last sold it for.
    """
    if sku == bought.sku:
        return
    sold = OrderLine.objects.filter(
        order__store=case.store_id, order__currency=case.currency, sku=sku
    )
    last = sold.order_by(F("order__placed_at").desc(), "-pk").first()
    if last is None:
        raise BadInput(
            _("%(sku)s was never sold in %(store)s, so its price is not known. Check the SKU.")
            % {"sku": sku, "store": case.store}
        )
    if last.unit_price != bought.unit_price:
        raise BadInput(
            _(
                "%(sku)s costs %(price)s, and %(bought)s cost %(paid)s: an exchange is for the same "
                "price. Turn the case into a return and refund, and let the buyer order anew."
            )
            % {
                "sku": sku,
                "price": money.show(last.unit_price, case.currency),
                "bought": bought.sku,
                "paid": money.show(bought.unit_price, case.currency),
            }
        )


def release(case: RefundCase, replacement: Replacement) -> None:
    """Cancel a replacement that was not shipped: its pieces are in stock again."""
    pieces: Counter[str] = Counter()
    for line in replacement.lines.all():
        pieces[line.sku] += line.quantity
    stock.put_back(case.store, pieces)
    replacement.cancelled_at = clock.now()
    replacement.save()


def keep_or_release(case: RefundCase) -> None:
    """After every action: a case that ended without goods has none promised any more.

    Whoever moves cases without ``workflow.perform`` calls this for each exchange that it ends.
    """
    if case.kind != Kind.EXCHANGE or case.state not in WITHOUT_GOODS:
        return
    replacement = live(case)
    if replacement is not None and replacement.shipped_at is None:
        release(case, replacement)
