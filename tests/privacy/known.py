"""Everything that can be known of a buyer, in one case whose money arrived long enough ago to erase them."""

from datetime import timedelta
from decimal import Decimal

import time_machine

from backoffice.actors import INSTALLER, person, system
from backoffice.audit.recording import recorded
from backoffice.clock import now
from orders.models import Shipment
from refunds.batches.building import build
from refunds.models import Payout, RefundCase
from refunds.payouts.queueing import redirect
from refunds.payouts.routes import Way
from tests.cast import Cast
from tests.refunds.factories import fetch
from tests.refunds.files import photo
from tests.refunds.goods import do, make_return
from tests.refunds.money import answer, apply, hand_out, rows_of

NAME, WORDS, TEXT, SAID = "Zhuang Yi-Ming", "The zip came off.", "Dear Zhuang.", "Nobody answers."
ANSWERED, RESOLVED = "We ask the workshop.", "A new zip, free of charge."
OFFERED = "Ten, and you keep it."
NOTE, PARCEL, RETURNED = "A crack at the rim.", "SF1440000000417", "ZT7781200345999"
ACCOUNT, HOLDER, BANK = "6222020200112233", "Zhuang Da", "BKCHCNBJ"
WRITTEN = (WORDS, TEXT, SAID, ANSWERED, RESOLVED, NOTE, OFFERED)
KNOWN = (NAME, *WRITTEN, PARCEL, RETURNED, ACCOUNT, HOLDER, BANK)


def settled_case(cast: Cast) -> RefundCase:
    """A case of forty days ago about which everything is known; its money went to an account and arrived."""
    with time_machine.travel(now() - timedelta(days=40)):
        with recorded(system(INSTALLER), "The store has an account."):
            cast.a.account = "6222020200000417"
            cast.a.save()
        case = _told(cast, make_return(cast, (1, "50.00"), reason_text=WORDS))
        payout = redirect(
            payout_id=Payout.objects.get(case=case).pk,
            way=Way("bank", ACCOUNT, HOLDER, BANK),
            note="The buyer wrote it.",
            actor=person(cast.finance),
        )
        batch = build(store_id=cast.a.pk, currency="CNY", actor=person(cast.finance))
        hand_out(cast, batch)
        apply(cast, batch, [answer(row) for row in rows_of(batch)])
        assert Payout.objects.get(pk=payout.pk).state == "settled"
    return fetch(case)


def _told(cast: Cast, case: RefundCase) -> RefundCase:
    """Everything that people write about a case, up to what came back."""
    with recorded(system(INSTALLER), "The channel says so."):
        buyer = case.order.buyer
        assert buyer is not None
        buyer.name = NAME
        buyer.save()
        Shipment.objects.create(order=case.order, carrier="SF", tracking=PARCEL)
    do(cast, case, "attach", file=photo(), file_note=NOTE)
    do(cast, case, "message", body=TEXT)
    do(cast, case, "complain", words=SAID)
    do(cast, case, "answer_complaint", words=ANSWERED)
    do(cast, case, "resolve_complaint", outcome="justified", words=RESOLVED)
    do(cast, case, "offer", amount=Decimal("10.00"), words=OFFERED)
    do(cast, case, "decline_offer")
    do(cast, case, "approve")
    do(cast, case, "receive", carrier="ZTO", tracking=RETURNED)
    return do(cast, case, "accept_return")
