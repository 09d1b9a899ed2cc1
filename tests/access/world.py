"""Two merchants and three stores with a row of every model each, every text of which is a marker.

Whoever reads a marker has seen the row: ``MKb-payout-7f3a`` is written in store B's payout only. What a row
holds of a buyer has ``PDb-payout-7f3a`` besides: only who may see buyers' personal data there ever reads it.
"""

from dataclasses import dataclass, field
from datetime import time, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

from django.core.files.base import ContentFile
from django.db import models

from backoffice.access import Scoped
from backoffice.actors import INSTALLER, TIMER, Actor, person, system
from backoffice.audit.log.models import LogAlarm, Verification
from backoffice.audit.models import Audited
from backoffice.audit.recording import recorded
from backoffice.audit.search import saving
from backoffice.audit.search.indexing import catch_up
from backoffice.audit.search.models import ChangeEntry
from backoffice.clock import now
from backoffice.exporting.models import ExportRun
from backoffice.models import InstalledRole, User
from backoffice.privacy.models import SensitiveRead
from backoffice.privacy.reading import SEE
from backoffice.privacy.rules import RetentionPass, RetentionRule
from backoffice.roles import ROLES
from merchants import assessments
from merchants.models import (
    Membership,
    Merchant,
    Store,
    Supplier,
    WorkingCalendar,
    WorkingHours,
)
from orders.models import (
    Buyer,
    Cancellation,
    Erasure,
    ImportProblem,
    ImportProfile,
    Order,
    OrderImport,
    OrderLine,
    Payment,
    Shipment,
    Stock,
)
from refunds import notices, troubles
from refunds.batches import build
from refunds.demo.pictures import picture
from refunds.exports import export
from refunds.intake import LineRequest, Request, open_case
from refunds.models import (
    BankLine,
    CannedReply,
    CheckingLimit,
    CompensationLimit,
    CutOff,
    Difference,
    ExemptCategory,
    ExemptGround,
    FlaggedSku,
    GatewayNotice,
    InstantRule,
    Kind,
    LedgerAlarm,
    Payout,
    PayoutAttempt,
    PayoutGateway,
    PolicyReplay,
    RefundCase,
    RefundPolicy,
    RejectCode,
    Replacement,
    ReplayCheckpoint,
    RequestImport,
    RequestProblem,
    ResultImport,
    ResultProblem,
    RiskHold,
    RouteLimit,
    StatementImport,
    StatementProblem,
)
from refunds.payouts import redirect
from refunds.reconciliation.days import row_for
from refunds.results import bring_result
from refunds.routes import Way
from refunds.whatif.draft import base_of
from refunds.workflow import perform
from tests.cast import Cast, make_cast
from tests.flushing import rewrite
from tests.merchants.desk import all_best, scorecard
from tests.people import change_person, make_person
from tests.refunds.money import release

PRICES = {"a": "51234.51", "a2": "61827.37", "b": "91827.36"}
PLACES = {
    "staff": "a", "manager": "a", "finance": "a", "checker": "a", "other": "b",
    "auditor": "", "platform": "",
}  # fmt: skip
PEOPLE = [*PLACES, "nobody", "anonymous"]
# Rows without a permission of their own are shown with any of these.
PARTS = {
    "importproblem": "orders.view_orderimport",
    "resultproblem": "refunds.view_resultimport",
    "requestproblem": "refunds.view_requestimport",
    "batchfile": "refunds.view_refundbatch",
    "bankline": "refunds.view_difference",
    "statementproblem": "refunds.view_statementimport",
    "cancellation": "orders.view_order",
    "notice": "refunds.view_refundcase",
    "timertrouble": "refunds.view_refundcase",
    "exportrun": "orders.export_order backoffice.view_exportrun",
    "savedsearch": "orders.export_order backoffice.view_savedsearch",
}


def mark(place: str, model: str) -> str:
    """The text that stands in the row of ``model`` in ``place``, and nowhere else."""
    return f"MK{place}-{model}-7f3a"


def personal(place: str, model: str) -> str:
    """A text about a buyer: the row's marker, and one that only those read who may see personal data."""
    return f"{mark(place, model)} {secret(place, model)}"


def secret(place: str, model: str) -> str:
    """What stands in the sealed fields of ``model`` in ``place``, and nowhere else."""
    return f"PD{place}-{model}-7f3a"


def account_of(place: str) -> str:
    """The buyer's account in ``place``: nobody reads the whole of it who does not say why."""
    return f"PD{place}7F3A62220202".upper()


@dataclass
class World:
    """The rows by place and model, the people, and the markers."""

    cast: Cast
    people: dict[str, User]
    rows: dict[str, dict[str, models.Model]] = field(default_factory=dict)
    marks: dict[tuple[str, str], str] = field(default_factory=dict)
    hidden: dict[str, dict[str, str]] = field(default_factory=dict)

    def row(self, place: str, model: str) -> Any:
        """The row of ``model`` in ``place``, or the one that all places share."""
        return self.rows[place].get(model) or self.rows["shared"][model]

    def own(self, who: str) -> str:
        """The place whose rows ``who`` works with; strangers try store A's."""
        return PLACES.get(who) or "a"

    def foreign(self, who: str) -> list[str]:
        """The places that ``who`` must not know about."""
        if who in PLACES:
            return [place for place in ("a", "a2", "b") if PLACES[who] and place != PLACES[who]]
        return ["a", "a2", "b"]

    def hidden_from(self, who: str) -> dict[str, str]:
        """Every marker that ``who`` must never read, with the place and model it stands for."""
        if who not in self.hidden:
            self.hidden[who] = self._hidden_from(who)
        return self.hidden[who]

    def _hidden_from(self, who: str) -> dict[str, str]:
        shown = (
            ROLES["staff" if who == "other" else who].permissions if who in PLACES else frozenset()
        )
        hidden = {}
        for (place, model), text in self.marks.items():
            near = who in PLACES and place not in self.foreign(who)
            app = next(
                (
                    row._meta.app_label
                    for row in self.rows[place].values()
                    if row._meta.model_name == model
                ),
                "",
            )
            permissions = set((PARTS.get(model) or f"{app}.view_{model}").split())
            if not (near and permissions & shown):
                hidden[text] = f"{model} of {place}"
        for place, model in self.marks:
            if place in self.foreign(who) or who not in PLACES or SEE not in shown:
                hidden[secret(place, model)] = f"personal data in {model} of {place}"
        for place in ("a", "a2", "b"):
            hidden[account_of(place)] = f"account of the buyer of {place}"
        for place in self.foreign(who):
            whole, cents = PRICES[place].split(".")
            hidden[PRICES[place]] = hidden[f"{int(whole):,}.{cents}"] = f"amount of {place}"
        return hidden


def make_world() -> World:
    """Write everything; the services make what services make."""
    # The prices are markers, too large for one signature.
    rewrite(models.QuerySet(CheckingLimit), batch_amount=10**9, line_amount=10**9)
    cast = make_cast()
    with recorded(system(INSTALLER), "The world of the access tests."):
        people = {name: cast.people[name] for name in PEOPLE if name in cast.people}
        people["other"] = _named(make_person("other"), "b")
        Membership.objects.create(user=people["other"], role="staff", store=cast.b)
        for name in ("staff", "manager", "finance", "checker"):
            _named(people[name], "")
        for role in ("staff", "manager", "finance", "checker"):
            for place, store in (("a2", cast.a2), ("b", cast.b)):
                Membership.objects.create(user=_maker(role, place), role=role, store=store)
    world = World(cast, people)
    for place in ("a", "a2", "b"):
        _fill(world, place)
    catch_up()
    world.rows["shared"] = {
        "formtemplate": scorecard(),
        "exemptground": ExemptGround.objects.get(code="E02"),
        "reason": RefundCase.objects.all()[0].reason,
        "rejectcode": RejectCode.objects.get(code="R05"),
        "publicstore": _public(cast),
        "importprofile": ImportProfile.objects.all()[0],
        "user": people["staff"],
        "installedrole": InstalledRole.objects.get(name="staff"),
        "membership": Membership.objects.get(user=people["staff"]),
        "workingcalendar": _calendar(),
        "verification": (verification := _verification(people["auditor"])),
        "logalarm": _alarm(verification),
        "compensationlimit": CompensationLimit.objects.get(role="staff"),
        "checkinglimit": CheckingLimit.objects.get(),
        "routelimit": RouteLimit.objects.get(),
        "cutoff": CutOff.objects.all()[0],
        **_retention(),
        "sensitiveread": SensitiveRead.objects.create(
            reader=people["staff"],
            reader_name="Somebody",
            at=now(),
            page="/admin/",
            values=1,
            rows=[["orders.order 1", ["name"]]],
        ),
    }
    return world


def _retention() -> dict[str, models.Model]:
    """A rule, and a pass of it."""
    rule = RetentionRule.objects.all()[0]
    with recorded(system(INSTALLER), "The world of the access tests."):
        return {
            "retentionrule": rule,
            "retentionpass": RetentionPass.objects.create(rule=rule, began_at=now()),
        }


def _calendar() -> WorkingCalendar:
    """Open on Mondays."""
    with recorded(system(INSTALLER), "The world of the access tests."):
        calendar = WorkingCalendar.objects.create(code="mondays", name="Mondays")
        WorkingHours.objects.create(calendar=calendar, weekday=0, opens=time(9), closes=time(18))
        return calendar


def _verification(auditor: User) -> Verification:
    """One that found nothing."""
    with recorded(person(auditor), "The world of the access tests."):
        return Verification.objects.create(
            asked_by=auditor, asked_at=now(), ended_at=now(), state="holds"
        )


def _alarm(run: Verification) -> LogAlarm:
    """One that is over."""
    with recorded(person(run.asked_by), "The world of the access tests."):
        return LogAlarm.objects.create(
            kind="broken", about=str(run.pk), found_at=now(), gone_at=now()
        )


def _public(cast: Cast) -> Store:
    """A store that bears no mark: its guide is for everybody."""
    with recorded(system(INSTALLER), "The world of the access tests."):
        return Store.objects.create(merchant=cast.merchant, code="open-shop", name="Open shop")


def _named(user: User, place: str) -> User:
    return change_person(user, first_name=f"{user.username}-{place or 'a'}")


def _maker(role: str, place: str) -> User:
    return make_person(f"{role}-of-{place}")


def _fill(world: World, place: str) -> None:
    cast, rows = world.cast, {}
    names = {"staff": "staff", "manager": "manager", "finance": "finance", "checker": "checker"}
    who = {
        role: User.objects.get(username=name if place == "a" else f"{role}-of-{place}")
        for role, name in names.items()
    }
    store = getattr(cast, place)
    with recorded(system(INSTALLER), "The world of the access tests."):
        store.name, store.account = mark(place, "store"), mark(place, "store")
        store.save()
        rows["store"] = store
        if place != "a2":
            rows |= _merchant(place, store)
        rows |= _order(place, store)
        rows["refundpolicy"] = RefundPolicy.objects.create(
            store=store, kind="exchange", stage="received", valid_from=now() - timedelta(days=9),
            review_hours=47, auto_ceiling=Decimal(PRICES[place]),
        )  # fmt: skip
    if place != "a2":
        rows |= _assessment(place, rows["supplier"], who["manager"])
    rows |= _refunds(place, rows["order"], who)
    rows |= _files(place, rows, who)
    rows |= _reconciliation(place, store, who)
    world.rows[place] = rows
    replay, text = rows["policyreplay"], mark(place, "replaycheckpoint")
    rows["replaycheckpoint"] = ReplayCheckpoint.objects.create(
        replay=replay, last_requested_at=now(), last_pk=1, seen=1, kept={"people": text}
    )
    for model in rows:
        world.marks[place, model] = mark(place, model)


def _merchant(place: str, store: Store) -> dict[str, Any]:
    merchant = Merchant.objects.get(pk=store.merchant_id)
    merchant.name = mark(place, "merchant")
    merchant.save()
    text = mark(place, "supplier")
    supplier = Supplier.objects.create(
        merchant=merchant, code=f"supplier-{place}", name=text, category=text, contact=text
    )
    return {"merchant": merchant, "supplier": supplier}


def _order(place: str, store: Store) -> dict[str, Any]:
    def text(model: str) -> str:
        return mark(place, model)

    buyer = Buyer.objects.create(
        store=store, code=text("buyer"), name=personal(place, "buyer"), country=text("buyer")
    )
    order = Order.objects.create(
        store=store, number=text("order"), buyer=buyer, currency="CNY", freight=Decimal("12.00"),
        placed_at=now() - timedelta(days=3),
    )  # fmt: skip
    line = OrderLine.objects.create(
        order=order, position=1, sku=text("orderline"), title=text("orderline"),
        category=text("orderline"), quantity=9, unit_price=Decimal(PRICES[place]),
    )  # fmt: skip
    return {
        "buyer": buyer,
        "order": order,
        "orderline": line,
        "payment": Payment.objects.create(
            order=order, reference=personal(place, "payment"), method=text("payment"),
            amount=line.amount + order.freight, paid_at=now(),
        ),
        "stock": Stock.objects.create(store=store, sku=text("stock"), on_hand=5),
        "shipment": Shipment.objects.create(
            order=order, carrier=text("shipment"), tracking=personal(place, "shipment"), shipped_at=now(), delivered_at=now()
        ),
        "erasure": Erasure.objects.create(
            buyer=buyer, asked_by=system(INSTALLER).user, asked_at=now(), reason=text("erasure")
        ),
        "policyreplay": PolicyReplay.objects.create(
            store=store, made_by=system(INSTALLER).user, made_at=now(), title=text("policyreplay"),
            draft={"base": base_of(store), "changes": {}}, since=now().date(), until=now().date(),
        ),
        "riskhold": RiskHold.objects.create(buyer=buyer, why=text("riskhold")),
        "flaggedsku": FlaggedSku.objects.create(
            store=store, sku=text("flaggedsku"), why=text("flaggedsku")
        ),
        "instantrule": InstantRule.objects.create(
            store=store, name=text("instantrule"), kind="return_refund", most_amount=1, valid_from=now()
        ),
        "exemptcategory": ExemptCategory.objects.create(
            store=store, category=text("exemptcategory"), valid_from=now(),
            ground=ExemptGround.objects.get(code="E02"),
        ),
        "cancellation": Cancellation.objects.create(
            order_line=line, number=text("cancellation"), quantity=1, cancelled_at=now()
        ),
    }  # fmt: skip


def _assessment(place: str, supplier: Supplier, manager: User) -> dict[str, Any]:
    actor = person(manager)
    done = assessments.start(
        supplier_id=supplier.pk, template_id=scorecard().pk, period="2026-Q1", actor=actor
    )
    given = {
        pk: assessments.Given(answer.value, mark(place, "answer"))
        for pk, answer in all_best(done).items()
    }
    assessments.save_answers(assessment_id=done.pk, answers=given, actor=actor)
    submitted = assessments.submit(assessment_id=done.pk, actor=actor)
    with recorded(actor, mark(place, "assessment")):
        draft = assessments.start(
            supplier_id=supplier.pk, template_id=scorecard().pk, period="2025-Q4", actor=actor
        )
    return {"assessment": submitted, "answer": submitted.answers.all()[0], "draft": draft}


def _refunds(place: str, order: Order, who: dict[str, User]) -> dict[str, Any]:
    """A requested case, a rejected one with evidence, a compensation, two payouts, two batches."""

    def text(model: str) -> str:
        return mark(place, model)

    staff, line = person(who["staff"]), order.lines.all()[0]

    def case(kind: str = Kind.REFUND_ONLY, **more: Any) -> RefundCase:
        request = Request(
            kind=kind,
            reason_code="S02" if kind == Kind.COMPENSATION else "C01",
            lines=[LineRequest(line.pk, 1)],
            reason_text=personal(place, "refundcase"),
            **more,
        )
        return open_case(order_id=order.pk, actor=staff, request=request)

    requested = case(external_number=text("refundcase"))
    upload = picture(personal(place, "evidence") + ".png", 1)
    perform(
        "attach",
        case_id=requested.pk,
        actor=staff,
        file=upload,
        party="buyer",
        file_note=personal(place, "evidence"),
    )
    perform("message", case_id=requested.pk, actor=staff, body=personal(place, "message"))
    perform("complain", case_id=requested.pk, actor=staff, words=personal(place, "complaint"))
    with recorded(staff, text("cannedreply")):
        canned = CannedReply.objects.create(
            store=order.store, title=text("cannedreply"), body=text("cannedreply")
        )
    given = case(kind=Kind.COMPENSATION, in_money=False)
    perform("approve", case_id=given.pk, actor=person(who["manager"]))
    perform("give", case_id=given.pk, actor=staff, type="coupon", reference=text("compensation"))
    batches = []
    for _n in range(2):
        paid = case()
        perform("approve", case_id=paid.pk, actor=staff, note=text("refundcase"))
        batches.append(
            build(
                store_id=order.store_id,
                currency="CNY",
                actor=person(who["finance"]),
                note=text("refundbatch"),
            )
        )
    sealed, sent = batches
    release(batch_id=sent.pk, actor=person(who["checker"]), note=text("refundbatch"))
    export(batch_id=sent.pk, actor=person(who["finance"]), file_format="csv")
    queued = case()
    perform("approve", case_id=queued.pk, actor=staff)
    where = Way("bank", account_of(place), personal(place, "queued"), "BKCHCNBJ")
    redirect(
        payout_id=Payout.objects.get(case=queued).pk,
        way=where,
        note=text("queued"),
        actor=person(who["finance"]),
    )
    replacement = _exchange(place, case(kind=Kind.EXCHANGE), line, staff)
    offered = case()
    perform("offer", case_id=offered.pk, actor=staff, amount=Decimal(1), words=text("offer"))
    told = User.objects.get(username="other") if place == "b" else who["staff"]
    notices.tell(recipients=told, case=offered, kind="mention", about=text("notice"))
    troubles.note(offered.pk, troubles.At.CASE, now())
    payout = Payout.objects.get(batch=sent)
    _settle_badly(payout, text("payout"))
    through = _gateway(place, payout)
    requested = RefundCase.objects.get(pk=requested.pk)
    return {
        "refundcase": requested,
        "caseline": requested.lines.all()[0],
        "message": requested.messages.all()[0],
        "complaint": requested.complaints.all()[0],
        "cannedreply": canned,
        "evidence": requested.evidence.all()[0],
        "compensation": given.compensations.all()[0],
        "replacement": replacement,
        "replacementline": replacement.lines.all()[0],
        "offer": offered.offers.all()[0],
        "pause": offered.pauses.all()[0],
        "notice": offered.notices.all()[0],
        "timertrouble": offered.troubles.get(),
        "payout": Payout.objects.get(pk=payout.pk),
        **through,
        "queued": Payout.objects.get(case=queued),
        "ledgerentry": payout.ledger.get(),
        "account": payout.ledger.get().debit,
        "refundbatch": type(sealed).objects.get(pk=sealed.pk),
        "sent": type(sent).objects.get(pk=sent.pk),
        "batchfile": sent.files.all()[0],
    }


def _gateway(place: str, payout: Payout) -> dict[str, Any]:
    """A gateway that is out of use, an attempt to pay through it, and a notice about that."""

    def text(model: str) -> str:
        return mark(place, model)

    with recorded(system(TIMER), "The world of the access tests."):
        gateway = PayoutGateway.objects.create(
            store=payout.case.store, provider="sandbox", account="demo", in_use=False,
            channel=text("payoutgateway"),
        )  # fmt: skip
        attempt = PayoutAttempt.objects.create(
            payout=payout, gateway=gateway, number=payout.number, sent_at=now(),
            outcome="refused", reference=text("payoutattempt"),
        )  # fmt: skip
        notice = GatewayNotice.objects.create(
            provider="sandbox", account="demo", event=text("gatewaynotice"), number=payout.number,
            status="refused", payout=payout, received_at=now(),
        )  # fmt: skip
    return {"payoutgateway": gateway, "payoutattempt": attempt, "gatewaynotice": notice}


def _exchange(place: str, case: RefundCase, line: OrderLine, staff: Actor) -> Replacement:
    """An exchange up to its parcel; the piece comes out of the store's stock."""
    with recorded(staff, "The world of the access tests."):
        Stock.objects.create(store=case.store, sku=line.sku, on_hand=1)
    parcel = {"carrier": mark(place, "replacement"), "tracking": personal(place, "replacement")}
    for action in ("approve", "receive", "accept_return", "ship_replacement"):
        perform(action, case_id=case.pk, actor=staff, **parcel)
    return Replacement.objects.get(case=case)


def _settle_badly(payout: Payout, why: str) -> None:
    """What the bank's file would do, with a reason that can be recognised."""
    with recorded(system(TIMER), why):
        payout = Payout.objects.get(pk=payout.pk)
        payout.fail()
        payout.bank_reason = why
        payout.save()


def _files(place: str, rows: dict[str, Any], who: dict[str, User]) -> dict[str, Any]:
    def text(model: str) -> str:
        return mark(place, model)

    result = bring_result(
        batch_id=rows["sent"].pk, file=BytesIO(b"number,amount\n" + place.encode()),
        name=text("resultimport"), actor=person(who["finance"]),
    )  # fmt: skip
    with recorded(person(who["manager"]), text("orderimport")):
        orders = OrderImport.objects.create(
            store=rows["store"], profile=ImportProfile.objects.all()[0], uploaded_by=who["manager"],
            file=ContentFile(b"number\n1\n", name="orders.csv"), file_name=text("orderimport"),
            sha256="0" * 64, size=9, state="checked", message=text("orderimport"), counts={"rows": 1},
        )  # fmt: skip
    with recorded(person(who["manager"]), text("requestimport")):
        requests = RequestImport.objects.create(
            store=rows["store"], uploaded_by=who["manager"], file=ContentFile(b"number\n1\n", name="requests.csv"),
            file_name=text("requestimport"), sha256="1" * 64, size=9, state="checked",
            message=text("requestimport"), counts={"rows": 1},
        )  # fmt: skip
    with recorded(person(who["manager"]), text("exportrun")):
        export = ExportRun.objects.create(
            asked_by=who["manager"], asked_at=now(), list_of="orders.order", columns=["number"], format="csv",
            language="en", state="ready", stores=[rows["store"].pk], file_name=text("exportrun"), rows=1,
            query=text("exportrun"), file=ContentFile(text("exportrun").encode(), name="kept.csv"),
            ready_at=now(), expires_at=now() + timedelta(days=7),
        )  # fmt: skip
    with recorded(person(who["finance"]), text("resultimport")):
        held = ResultImport.objects.get(pk=result.pk)
        held.state, held.message = "checked", text("resultimport")
        held.save()
    return {
        "resultimport": held,
        "resultproblem": ResultProblem.objects.create(
            run=held, row=2, message=text("resultproblem")
        ),
        "exportrun": export,
        "savedsearch": saving.keep(
            name=text("savedsearch"),
            query="number=" + text("savedsearch"),
            shared=False,
            actor=person(who["manager"]),
        ),
        "changeentry": ChangeEntry.objects.create(
            model="refunds.refundcase",
            row=rows["refundcase"].pk,
            version=10**9 + rows["refundcase"].pk,
            field="reason_text",
            kind="~",
            number=text("changeentry"),
            store=rows["store"].pk,
            actor=who["staff"],
            actor_name=text("changeentry"),
            source="admin",
            reason=text("changeentry"),
            at=now(),
            before=text("changeentry"),
            after=text("changeentry"),
            request_id="0" * 32,
        ),
        "requestimport": requests,
        "requestproblem": RequestProblem.objects.create(
            run=requests, row=2, message=text("requestproblem")
        ),
        "orderimport": orders,
        "importproblem": ImportProblem.objects.create(
            run=orders, row=2, message=text("importproblem")
        ),
    }


def _reconciliation(place: str, store: Store, who: dict[str, User]) -> dict[str, Any]:
    """A statement, what differs by one of its lines, and the day that it belongs to."""

    def text(model: str) -> str:
        return mark(place, model)

    finance = who["finance"]
    with recorded(person(finance), text("statementimport")):
        run = StatementImport.objects.create(
            store=store, account=store.account, uploaded_by=finance, sha256="1" * 64, size=9,
            file=ContentFile(b"number\n1\n", name="bank.csv"), file_name=text("statementimport"),
            state="checked", message=text("statementimport"), counts={"rows": 1, "days": []},
        )  # fmt: skip
        day = row_for(store, text("reconciliationday"), "CNY", now().date())
    line = BankLine.objects.create(
        run=run, day=day, store=store, account=text("bankline"), row=2, number=text("bankline")[:40],
        amount=Decimal(PRICES[place]), currency="CNY", booked_on=day.day, direction="out",
        bank_reference=text("bankline"), reason=text("bankline"),
    )  # fmt: skip
    with recorded(person(finance), text("difference")):
        difference = Difference.objects.create(
            day=day, store=store, kind="theirs", detail="no_payout", line=line, opened_at=now()
        )
    alarm = LedgerAlarm.objects.create(
        store=store, kind="entries", about=text("ledgeralarm"), found_at=now()
    )
    return {
        "ledgeralarm": alarm,
        "statementimport": run,
        "statementproblem": StatementProblem.objects.create(
            run=run, row=2, message=text("statementproblem")
        ),
        "reconciliationday": day,
        "bankline": line,
        "difference": difference,
    }


def scoped_models() -> list[type[models.Model]]:
    """Every model whose rows belong to somebody."""
    from django.apps import apps

    return [m for m in apps.get_models() if issubclass(m, Scoped) and not m.shared]


def audited_models() -> list[type[models.Model]]:
    """Every model with history."""
    from django.apps import apps

    return [m for m in apps.get_models() if issubclass(m, Audited)]
