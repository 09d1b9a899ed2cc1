"""A desk at which random people do random things in random order, against the real services.

Every step may be refused with a sentence; anything else is a defect. After each step the invariants
of ``tests.refunds.invariants`` are asked. Time passes by leaps, so that deadlines fall due.
"""

import io
from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import time_machine
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils.timezone import localdate
from hypothesis import event
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from backoffice.actors import INSTALLER, SYSTEM_USERS, Actor, person, system
from backoffice.audit.recording import recorded
from backoffice.bulk.jobs import carry_on
from backoffice.bulk.runs import confirm
from backoffice.clock import now
from backoffice.exceptions import BackofficeError
from backoffice.models import User
from backoffice.tasks import tick
from refunds.actions import ACTIONS, available
from refunds.batches.building import build, void
from refunds.batches.drafts import add, remove, reopen, seal_draft
from refunds.batches.files import export
from refunds.exemptions.writing import add_exemption
from refunds.intake import LineRequest, Request, open_case
from refunds.models import (
    ExemptGround,
    Kind,
    Payout,
    Reason,
    RefundBatch,
    RefundCase,
    ResultImport,
    StatementImport,
)
from refunds.payouts.bounces import bounce
from refunds.payouts.queueing import cancel, redirect, retry
from refunds.payouts.routes import Way
from refunds.reconciliation.statements import bring_statement
from refunds.results import bring_result, confirm_result
from refunds.workflow import perform
from tests.cast import make_cast
from tests.refunds.factories import make_order, make_stock
from tests.refunds.invariants import broken
from tests.refunds.money import answer, csv_of, release, rows_of

PEOPLE = [
    "staff",
    "supervisor",
    "legal",
    "manager",
    "manager2",
    "staff2",
    "finance",
    "checker",
    "auditor",
    "platform",
    "nobody",
]
WHO = st.sampled_from([*PEOPLE, *SYSTEM_USERS])
ANY = st.integers(0, 10**6)
AMOUNTS = st.sampled_from(
    ["0", "0.01", "5", "19.99", "30", "50", "60.01", "100", "400", "-1", "0.005", "99999999"]
)
STATEMENT = (
    "number", "amount", "currency", "booked_on", "direction", "bank_reference", "reason", "returned",
)  # fmt: skip
WORDS = st.sampled_from(["", "Agreed with the buyer.", "照片很清楚。", "=1+1", "x" * 400])
WAYS = st.sampled_from(
    [
        None,
        Way("original"),
        Way("credit"),
        Way("bank", "DE89370400440532013000", "Lin Mei"),
        Way("bank", "6222020000009999", "Lin Mei", "BKCHCNBJ"),
        Way("bank"),
    ]
)
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 32


class RandomDesk(RuleBasedStateMachine):
    """Two stores, four orders, a dozen people, three system users, and a bank."""

    @initialize()
    def open_the_desk(self) -> None:
        """Everything is in one transaction, which is taken back at the end."""
        self.frame = transaction.atomic()
        self.frame.__enter__()
        self.at = now()
        self.cast = make_cast()
        long_ago = self.at - timedelta(days=1)
        self.orders = [
            make_order(self.cast.a, (2, "50.00"), (3, "6.67")),
            make_order(self.cast.a, (1, "19.99"), shipped=long_ago),
            make_order(self.cast.a, (5, "120.00"), shipped=long_ago, delivered=self.at),
            make_order(self.cast.b, (2, "80.00"), shipped=long_ago, delivered=self.at),
        ]
        make_stock(self.cast.a, "SKU-1", 6)
        self.exempt_something()
        self.clock = time_machine.travel(self.at, tick=False)
        self.clock.start()

    def exempt_something(self) -> None:
        """One line is of a category that nobody returns without a reason."""
        with recorded(system(INSTALLER), "For a test."):
            line = self.orders[2].lines.get()
            line.category = "Cakes"
            line.save()
        add_exemption(
            category="Cakes",
            ground=ExemptGround.objects.get(code="E02"),
            actor=self.actor("platform"),
            reason="Cakes spoil.",
        )

    def teardown(self) -> None:
        """Take everything back."""
        self.clock.stop()
        transaction.set_rollback(True)
        self.frame.__exit__(None, None, None)

    def attempt(self, job: Any, *args: Any, **more: Any) -> Any:
        """Do it, or be refused with a sentence that leaves nothing behind."""
        try:
            with transaction.atomic():
                return job(*args, **more)
        except BackofficeError as refusal:
            if not str(refusal).strip():
                raise RuntimeError("A refusal is a sentence.") from refusal
            return None

    def actor(self, who: str) -> Actor:
        """A person as the database has them now, or a system user."""
        return system(who) if who in SYSTEM_USERS else person(User.objects.get(username=who))

    def pick(self, rows: Any, number: int) -> Any:
        """One of the rows, chosen by any number; ``None`` where there is none."""
        rows = list(rows.order_by("pk"))
        return rows[number % len(rows)] if rows else None

    @rule(
        who=WHO,
        order=ANY,
        kind=st.sampled_from([*Kind.values, "gift"]),
        reason=ANY,
        pieces=st.integers(-1, 6),
        freight=AMOUNTS,
        amount=AMOUNTS,
        in_money=st.booleans(),
        words=WORDS,
    )
    def ask(self, who: str, order: int, kind: str, reason: int, pieces: int, **more: Any) -> None:
        """A buyer asks, through whoever is at hand."""
        wanted = self.orders[order % len(self.orders)]
        line = wanted.lines.all()[reason % wanted.lines.count()]
        request = Request(
            kind=kind,
            reason_code=self.pick(Reason.objects.all(), reason).code,
            lines=[LineRequest(line.pk, pieces)] if pieces else [],
            freight=Decimal(more["freight"]),
            amount=Decimal(more["amount"]),
            in_money=more["in_money"],
            reason_text=more["words"],
        )
        self.attempt(open_case, order_id=wanted.pk, actor=self.actor(who), request=request)

    @precondition(lambda _self: RefundCase.objects.exists())
    @rule(who=WHO, case=ANY, action=st.sampled_from(sorted(ACTIONS)), data=st.data())
    def act(self, who: str, case: int, action: str, data: Any) -> None:
        """Somebody does something to a case, by its dialog as a page would."""
        row = self.pick(RefundCase.objects.all(), case)
        entry = ACTIONS[action]
        self.attempt(self._by_dialog, entry, row, self.actor(who), data)

    @precondition(lambda _self: RefundCase.objects.exists())
    @rule(who=st.sampled_from(PEOPLE), case=ANY, data=st.data())
    def work(self, who: str, case: int, data: Any) -> None:
        """Somebody does something that the page offers them."""
        row, actor = self.pick(RefundCase.objects.all(), case), self.actor(who)
        offered = available(row, actor)
        if offered:
            self.attempt(self._by_dialog, data.draw(st.sampled_from(offered)), row, actor, data)

    def _by_dialog(self, entry: Any, case: RefundCase, actor: Actor, data: Any) -> None:
        empty = entry.form(case=case)
        filled = {name: data.draw(answer_to(field)) for name, field in empty.fields.items()}
        files = {n: v for n, v in filled.items() if isinstance(v, SimpleUploadedFile)}
        form = entry.form({**filled, "version": case.version}, files, case=case)
        if form.is_valid():
            perform(entry.name, case_id=case.pk, actor=actor, **form.cleaned_data)

    @rule(hours=st.sampled_from([1, 5, 13, 25, 49, 170, 24 * 16]))
    def wait(self, hours: int) -> None:
        """Time passes, and the timer looks."""
        self.at += timedelta(hours=hours)
        self.clock.stop()
        self.clock = time_machine.travel(self.at, tick=False)
        self.clock.start()
        tick()

    @rule(who=WHO, checker=WHO, draft=st.booleans())
    def pay(self, who: str, checker: str, draft: bool) -> None:
        """Finance builds a batch, somebody releases it, its file leaves."""
        rows = {"store_id": self.cast.a.pk, "currency": "CNY", "draft": draft}
        batch = self.attempt(build, actor=self.actor(who), **rows)
        if batch:
            self.attempt(release, batch_id=batch.pk, actor=self.actor(checker))
            self.attempt(export, batch_id=batch.pk, actor=self.actor(who), file_format="csv")

    @rule(who=WHO, batch=ANY, payout=ANY, how=st.sampled_from([add, remove, seal_draft, reopen]))
    def change(self, who: str, batch: int, payout: int, how: Any) -> None:
        """Somebody changes, seals or opens a batch."""
        row, moved = self.pick(RefundBatch.objects.all(), batch), self.pick(Payout.objects, payout)
        if row and moved:
            rows = {"payout_ids": [moved.pk]} if how in (add, remove) else {}
            self.attempt(how, batch_id=row.pk, actor=self.actor(who), **rows)

    @rule(who=WHO, payout=ANY, way=WAYS)
    def send_another_way(self, who: str, payout: int, way: Way | None) -> None:
        """Somebody changes where a payout goes, or gives it up."""
        row = self.pick(Payout.objects.all(), payout)
        if row:
            more: dict[str, Any] = {"way": way} if way else {}
            how = redirect if way else cancel
            self.attempt(how, payout_id=row.pk, note="So be it.", actor=self.actor(who), **more)

    @rule(who=WHO, batch=ANY, how=st.sampled_from([release, void]))
    def sign(self, who: str, batch: int, how: Any) -> None:
        """Somebody releases or voids a batch."""
        row = self.pick(RefundBatch.objects.all(), batch)
        if row:
            self.attempt(how, batch_id=row.pk, actor=self.actor(who))

    @rule(
        who=WHO, batch=ANY, words=st.lists(st.sampled_from(["settled", "failed", "pending", "?"]))
    )
    def bank(self, who: str, batch: int, words: list[str]) -> None:
        """The bank answers some of a batch; the file is brought, checked and confirmed."""
        row = self.pick(RefundBatch.objects.all(), batch)
        if not row:
            return
        rows = [answer(p, w, "No account.") for p, w in zip(rows_of(row), words, strict=False)]
        run = self.attempt(
            bring_result,
            batch_id=row.pk,
            file=io.BytesIO(csv_of(rows)),
            name="result.csv",
            actor=self.actor(who),
        )
        if run:
            carry_on(run)
            self.attempt(confirm_result, run_id=run.pk, actor=self.actor(who))
            carry_on(ResultImport.objects.get(pk=run.pk))

    @precondition(lambda _self: Payout.objects.filter(settled_at__isnull=False).exists())
    @rule(who=WHO, payout=ANY, again=st.booleans())
    def send_back(self, who: str, payout: int, again: bool) -> None:
        """The bank sends money back, and somebody queues it again."""
        row = self.pick(Payout.objects.filter(settled_at__isnull=False), payout)
        self.attempt(bounce, reasons={row.pk: "Account closed."}, actor=self.actor(who))
        if again:
            self.attempt(retry, payout_id=row.pk, actor=self.actor(who))

    @precondition(lambda _self: Payout.objects.exists())
    @rule(
        who=WHO,
        first=ANY,
        lines=st.lists(
            st.tuples(st.integers(0, 5), st.sampled_from(["out", "in"]), AMOUNTS), max_size=4
        ),
    )
    def report(self, who: str, first: int, lines: list[tuple[int, str, str]]) -> None:
        """The bank's statement comes: some of it about payouts of ours, in whole or in part."""
        rows = []
        for place, direction, amount in lines:
            row = self.pick(Payout.objects.all(), first + place)
            booked = row.amount if amount == "0" else amount
            day = localdate(timezone=ZoneInfo("Asia/Shanghai"))
            rows.append([row.number, booked, row.currency, day, direction, "", "", ""])
        run = self.attempt(
            bring_statement,
            store_id=self.cast.a.pk,
            file=io.BytesIO(csv_of(rows, STATEMENT)),
            name="statement.csv",
            actor=self.actor(who),
        )
        if run:
            carry_on(run)
            run = StatementImport.objects.get(pk=run.pk)
            self.attempt(confirm, run, actor=self.actor(who))
            carry_on(StatementImport.objects.get(pk=run.pk))

    @invariant()
    def everything_holds(self) -> None:
        """After each step."""
        if hasattr(self, "cast"):
            problems = broken()
            assert not problems, problems
            for state in RefundCase.objects.order_by().values_list("state", flat=True).distinct():
                event(state)


def answer_to(field: forms.Field) -> st.SearchStrategy[Any]:
    """Something that a person could put into the field, sensible or not."""
    if isinstance(field, forms.ModelChoiceField):
        return st.sampled_from([row.pk for row in field.queryset] or [0])
    if isinstance(field, forms.MultipleChoiceField):
        return st.lists(st.sampled_from(values(field) or ["none"]), max_size=2)
    if isinstance(field, forms.ChoiceField):
        return st.sampled_from(values(field) or ["none"])
    if isinstance(field, forms.BooleanField):
        return st.sampled_from(["", "on"])
    if isinstance(field, forms.DecimalField):
        return AMOUNTS
    if isinstance(field, forms.IntegerField):
        return st.sampled_from([field.initial or 0, 0, 1, 2, 24, -3])
    if isinstance(field, forms.FileField):
        return st.integers(0, 99).map(lambda n: SimpleUploadedFile("a.png", PNG + bytes([n])))
    if isinstance(field, forms.DateTimeField):
        return st.just(now().isoformat())
    return WORDS


def values(field: Any) -> list[Any]:
    """The values of a choice field."""
    return [value for value, _label in field.choices]
