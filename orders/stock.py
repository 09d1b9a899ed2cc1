"""Pieces that leave a store's stock, and pieces that come back to it: counted under a lock."""

from collections.abc import Iterator, Mapping

from backoffice.exceptions import BackofficeError
from backoffice.sentences import sentence as _
from merchants.models import Store
from orders.models import Stock


class OutOfStock(BackofficeError):
    """Fewer pieces are on hand than were to be taken."""


def take(store: Store, wanted: Mapping[str, int]) -> None:
    """Take so many pieces of each SKU out of ``store``'s stock, all of them or none.

    Called inside a recorded frame, whose transaction keeps the locks; rows are locked in the order
    of their SKUs. What was never counted counts as none. Raises ``OutOfStock`` for the first SKU
    of which there are too few.
    """
    rows = _locked(store, wanted)
    for sku, pieces in _counted(wanted):  # all of them first: nothing is written when one is short
        left = rows[sku].on_hand if sku in rows else 0
        if left < pieces:
            raise OutOfStock(
                _("%(sku)s: %(wanted)d wanted, and %(left)d on hand in %(store)s.")
                % {"sku": sku, "wanted": pieces, "left": left, "store": store}
            )
    for sku, pieces in _counted(wanted):
        rows[sku].on_hand -= pieces
        rows[sku].save()


def put_back(store: Store, pieces: Mapping[str, int]) -> None:
    """Put so many pieces of each SKU into ``store``'s stock; a SKU that was never counted begins.

    Called inside a recorded frame, whose transaction keeps the locks.
    """
    rows = _locked(store, pieces)
    for sku, count in _counted(pieces):
        row = rows.get(sku) or _begun(store, sku)
        row.on_hand += count
        row.save()


def on_hand(store: Store, sku: str) -> int:
    """How many pieces ``store`` can still promise, as far as is known now."""
    return Stock.objects.filter(store=store, sku=sku).values_list("on_hand", flat=True).first() or 0


def _counted(pieces: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    return ((sku, count) for sku, count in sorted(pieces.items()) if count)


def _locked(store: Store, pieces: Mapping[str, int]) -> dict[str, Stock]:
    """The rows, locked in one order, so that two exchanges never wait for each other."""
    rows = Stock.objects.select_for_update(of=("self",)).filter(store=store, sku__in=list(pieces))
    return {row.sku: row for row in rows.order_by("sku")}


def _begun(store: Store, sku: str) -> Stock:
    """A locked row for a SKU that had none; two who begin it at once get the same one."""
    row, _made = Stock.objects.select_for_update(of=("self",)).get_or_create(
        store=store, sku=sku, defaults={"on_hand": 0}
    )
    return row
