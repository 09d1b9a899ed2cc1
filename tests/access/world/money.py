"""Where money goes: a gateway's rows, what was settled badly, a day's reconciliation."""

from decimal import Decimal
from typing import Any

from django.core.files.base import ContentFile

from backoffice.actors import TIMER, person, system
from backoffice.audit.recording import recorded
from backoffice.clock import now
from backoffice.models import User
from merchants.models import Store
from refunds.models import (
    BankLine,
    Difference,
    GatewayNotice,
    LedgerAlarm,
    Payout,
    PayoutAttempt,
    PayoutGateway,
    StatementImport,
    StatementProblem,
)
from refunds.reconciliation.days import row_for
from tests.access.world.marks import PRICES, mark


def gateway_rows(place: str, payout: Payout) -> dict[str, Any]:
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


def settle_badly(payout: Payout, why: str) -> None:
    """What the bank's file would do, with a reason that can be recognised."""
    with recorded(system(TIMER), why):
        payout = Payout.objects.get(pk=payout.pk)
        payout.fail()
        payout.bank_reason = why
        payout.save()


def reconciliation_rows(place: str, store: Store, who: dict[str, User]) -> dict[str, Any]:
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
