"""Cases that a rule may decide."""

from backoffice.actors import person
from backoffice.clock import now
from merchants.models import Store
from orders.models import Order
from refunds.demo.pictures import picture
from refunds.models import FlaggedSku, RefundCase
from refunds.workflow import perform
from tests.cast import Cast
from tests.refunds.factories import fetch, make_order


def received(store: Store, price: str = "30.00") -> Order:
    """A delivered order, of one article."""
    return make_order(store, (1, price), freight="0.00", shipped=now(), delivered=now())


def show(case: RefundCase, cast: Cast, party: str = "buyer") -> RefundCase:
    """The case after the buyer showed a photo."""
    perform(
        "attach",
        case_id=case.pk,
        actor=person(cast.staff),
        file=picture("photo.png", 3),
        party=party,
    )
    return fetch(case)


def flag(cast: Cast, _case: RefundCase) -> None:
    FlaggedSku.objects.create(store=cast.a, sku="SKU-1", why="Many come back broken.")
