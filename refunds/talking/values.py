"""What the placeholders of canned replies say of a case, and in which language."""

from collections.abc import Callable

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext, override

from backoffice import money
from refunds.models import RefundCase
from refunds.talking.placeholders import CHINESE, ENGLISH

NONE = "–"
READ_CHINESE = {"", "cn", "chn", "china", "hk", "mo", "tw", "中国", "中國", "香港", "澳门", "台湾"}


def _buyer(case: RefundCase) -> str:
    return str(case.order.buyer) if case.order.buyer else gettext("customer")


def _due(case: RefundCase) -> str:
    return date_format(localtime(case.due_at), "SHORT_DATETIME_FORMAT") if case.due_at else NONE


def _parcel(case: RefundCase, field: str) -> str:
    parcel = case.order.shipments.order_by("-pk").first()
    return str(getattr(parcel, field) if parcel else "") or NONE


WORDS: dict[str, Callable[[RefundCase], str]] = {
    "buyer": _buyer,
    "order": lambda case: case.order.number,
    "case": lambda case: case.number,
    "amount": lambda case: money.show(case.ready_amount, case.currency),
    "store": lambda case: case.store.name,
    "due": _due,
    "carrier": lambda case: _parcel(case, "carrier"),
    "tracking": lambda case: _parcel(case, "tracking"),
    "return_tracking": lambda case: str(case.return_tracking) or NONE,
    "reason": lambda case: case.reason.label,
}


def values_for(case: RefundCase, language: str) -> dict[str, str]:
    """What each placeholder says of ``case``, in ``language``."""
    with override(language):
        return {name: tell(case) for name, tell in WORDS.items()}


def buyers_language(case: RefundCase) -> str:
    """The language that the buyer reads: by their country, and Chinese where none is known."""
    buyer = case.order.buyer
    country = (buyer.country if buyer else "").strip().lower()
    return CHINESE if country in READ_CHINESE else ENGLISH
