"""Refund cases of every kind, two payouts, two batches."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from backoffice.actors import Actor, person
from backoffice.audit.recording import recorded
from backoffice.clock import now
from backoffice.models import User
from orders.models import Order, Stock
from refunds import notices, troubles
from refunds.batches.building import build
from refunds.batches.files import export
from refunds.demo.pictures import picture
from refunds.intake import LineRequest, Request, open_case
from refunds.models import CannedReply, Kind, Payout, RefundBatch, RefundCase, Replacement
from refunds.payouts.queueing import redirect
from refunds.payouts.routes import Way
from refunds.workflow import perform
from tests.access.world.marks import account_of, mark, personal
from tests.access.world.money import gateway_rows, settle_badly
from tests.refunds.money import release


@dataclass(frozen=True)
class Desk:
    """Who opens cases about one order, and works on them."""

    place: str
    order: Order
    who: dict[str, User]

    def text(self, model: str) -> str:
        """The marker of ``model`` here."""
        return mark(self.place, model)

    def actor(self, role: str = "staff") -> Actor:
        """The person of that role."""
        return person(self.who[role])

    def case(self, kind: str = Kind.REFUND_ONLY, **more: Any) -> RefundCase:
        """A new case about the order's first line."""
        request = Request(
            kind=kind,
            reason_code="S02" if kind == Kind.COMPENSATION else "C01",
            lines=[LineRequest(self.order.lines.all()[0].pk, 1)],
            reason_text=personal(self.place, "refundcase"),
            **more,
        )
        return open_case(order_id=self.order.pk, actor=self.actor(), request=request)


def refund_rows(place: str, order: Order, who: dict[str, User]) -> dict[str, Any]:
    """A requested case with all that is said of it, a compensation, an exchange, payouts, batches."""
    desk = Desk(place, order, who)
    return {
        **requested(desk),
        **compensated(desk),
        **paid(desk),
        **exchanged(desk),
        **offered(desk),
    }


def requested(desk: Desk) -> dict[str, Any]:
    """With evidence, a message, a complaint, and a canned reply of the store."""
    case, staff = desk.case(external_number=desk.text("refundcase")), desk.actor()
    said = {"file_note": personal(desk.place, "evidence"), "party": "buyer"}
    upload = picture(personal(desk.place, "evidence") + ".png", 1)
    perform("attach", case_id=case.pk, actor=staff, file=upload, **said)
    perform("message", case_id=case.pk, actor=staff, body=personal(desk.place, "message"))
    perform("complain", case_id=case.pk, actor=staff, words=personal(desk.place, "complaint"))
    title = desk.text("cannedreply")
    with recorded(staff, title):
        canned = CannedReply.objects.create(store=desk.order.store, title=title, body=title)
    case = RefundCase.objects.get(pk=case.pk)
    return {
        "refundcase": case,
        "caseline": case.lines.all()[0],
        "message": case.messages.all()[0],
        "complaint": case.complaints.all()[0],
        "cannedreply": canned,
        "evidence": case.evidence.all()[0],
    }


def compensated(desk: Desk) -> dict[str, Any]:
    """A coupon that was approved, and given."""
    case, number = desk.case(kind=Kind.COMPENSATION, in_money=False), desk.text("compensation")
    perform("approve", case_id=case.pk, actor=desk.actor("manager"))
    perform("give", case_id=case.pk, actor=desk.actor(), type="coupon", reference=number)
    return {"compensation": case.compensations.all()[0]}


def paid(desk: Desk) -> dict[str, Any]:
    """A sealed batch, one that left and came back badly, and a payout in none."""
    sealed, sent = batch(desk), batch(desk)
    note = desk.text("refundbatch")
    release(batch_id=sent.pk, actor=desk.actor("checker"), note=note)
    export(batch_id=sent.pk, actor=desk.actor("finance"), file_format="csv")
    waiting = queued(desk)
    payout = Payout.objects.get(batch=sent)
    settle_badly(payout, desk.text("payout"))
    return {
        **gateway_rows(desk.place, payout),
        "payout": Payout.objects.get(pk=payout.pk),
        "queued": waiting,
        "ledgerentry": payout.ledger.get(),
        "account": payout.ledger.get().debit,
        "refundbatch": RefundBatch.objects.get(pk=sealed.pk),
        "sent": RefundBatch.objects.get(pk=sent.pk),
        "batchfile": sent.files.all()[0],
    }


def batch(desk: Desk) -> RefundBatch:
    """One approved case, built into a batch."""
    perform("approve", case_id=desk.case().pk, actor=desk.actor(), note=desk.text("refundcase"))
    return build(
        store_id=desk.order.store_id,
        currency="CNY",
        actor=desk.actor("finance"),
        note=desk.text("refundbatch"),
    )


def queued(desk: Desk) -> Payout:
    """A payout that waits, to an account that finance wrote down."""
    case = desk.case()
    perform("approve", case_id=case.pk, actor=desk.actor())
    payout = Payout.objects.get(case=case)
    where = Way("bank", account_of(desk.place), personal(desk.place, "queued"), "BKCHCNBJ")
    redirect(payout_id=payout.pk, way=where, note=desk.text("queued"), actor=desk.actor("finance"))
    return Payout.objects.get(pk=payout.pk)


def offered(desk: Desk) -> dict[str, Any]:
    """A case whose buyer was offered less; somebody was told of it, and the timer had its troubles."""
    case, words = desk.case(), desk.text("offer")
    perform("offer", case_id=case.pk, actor=desk.actor(), amount=Decimal(1), words=words)
    told = User.objects.get(username="other") if desk.place == "b" else desk.who["staff"]
    notices.tell(recipients=told, case=case, kind="mention", about=desk.text("notice"))
    troubles.note(case.pk, troubles.At.CASE, now())
    return {
        "offer": case.offers.all()[0],
        "pause": case.pauses.all()[0],
        "notice": case.notices.all()[0],
        "timertrouble": case.troubles.get(),
    }


def exchanged(desk: Desk) -> dict[str, Any]:
    """An exchange up to its parcel; the piece comes out of the store's stock."""
    case, staff = desk.case(kind=Kind.EXCHANGE), desk.actor()
    with recorded(staff, "The world of the access tests."):
        sku = desk.order.lines.all()[0].sku
        Stock.objects.create(store=case.store, sku=sku, on_hand=1)
    tracking = personal(desk.place, "replacement")
    parcel = {"carrier": desk.text("replacement"), "tracking": tracking}
    for action in ("approve", "receive", "accept_return", "ship_replacement"):
        perform(action, case_id=case.pk, actor=staff, **parcel)
    replacement = Replacement.objects.get(case=case)
    return {"replacement": replacement, "replacementline": replacement.lines.all()[0]}
