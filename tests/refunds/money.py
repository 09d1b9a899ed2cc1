"""Payouts, batches and result files for tests, made through the product's own services."""

import csv
import io
from collections.abc import Iterable
from typing import Any

from backoffice.actors import INSTALLER, Actor, person, system
from backoffice.audit.recording import recorded
from backoffice.bulk.jobs import carry_on
from backoffice.models import User
from backoffice.stepup import Proof
from merchants.models import Membership, Store
from refunds.batches import releasing
from refunds.batches.building import build
from refunds.batches.files import export
from refunds.models import Payout, RefundBatch, ResultImport
from refunds.results import bring_result, confirm_result
from refunds.workflow import perform
from tests.cast import Cast
from tests.refunds.factories import make_case, make_order

HEADER = ("number", "amount", "currency", "status", "reason")


def queue_payouts(store: Store, approver: User, *prices: str) -> list[Payout]:
    """One queued payout per price, each of an approved case of its own order."""
    cases = [make_case(make_order(store, (1, price)), approver) for price in prices or ["50.00"]]
    for case in cases:
        perform("approve", case_id=case.pk, actor=person(approver))
    return list(Payout.objects.filter(case__in=cases).order_by("pk"))


def give_role(cast: Cast, name: str, role: str, store: Store | None = None) -> User:
    """One of the cast with one more role, in store A unless another is given."""
    with recorded(system(INSTALLER), "One more role for a test."):
        Membership.objects.create(user=getattr(cast, name), role=role, store=store or cast.a)
    cast.people[name] = User.objects.get(username=name)
    return cast.people[name]


def release(*, batch_id: int, actor: Actor, note: str = "") -> RefundBatch:
    """The signature of somebody who has just looked at the batch, and shown who they are."""
    seen = RefundBatch.objects.get(pk=batch_id).sha256
    proof = Proof(actor.user.pk, "password")
    return releasing.release(batch_id=batch_id, sha256=seen, proof=proof, actor=actor, note=note)


def sealed_batch(cast: Cast, *prices: str) -> RefundBatch:
    """A batch of store A, built by finance."""
    queue_payouts(cast.a, cast.staff, *prices)
    return build(store_id=cast.a.pk, currency="CNY", actor=person(cast.finance))


def sent_batch(cast: Cast, *prices: str) -> RefundBatch:
    """A batch of store A that was released and handed out."""
    return hand_out(cast, sealed_batch(cast, *prices))


def send(cast: Cast, *payouts: Payout, currency: str = "CNY") -> RefundBatch:
    """A batch of these payouts of store A, or of all that wait, released and handed out."""
    chosen = [payout.pk for payout in payouts] or None
    maker = person(cast.finance)
    return hand_out(
        cast, build(store_id=cast.a.pk, currency=currency, actor=maker, payout_ids=chosen)
    )


def hand_out(cast: Cast, batch: RefundBatch) -> RefundBatch:
    """A sealed batch, released by a second person and handed out for the bank."""
    release(batch_id=batch.pk, actor=person(cast.checker))
    export(batch_id=batch.pk, actor=person(cast.finance), file_format="csv")
    return RefundBatch.objects.get(pk=batch.pk)


def rows_of(batch: RefundBatch) -> list[Payout]:
    """The batch's payouts as the database has them now."""
    return list(Payout.objects.filter(batch=batch).order_by("pk"))


def answer(payout: Payout, status: str = "settled", reason: str = "") -> list[Any]:
    """The bank's row about a payout."""
    return [payout.number, payout.amount, payout.currency, status, reason]


def csv_of(rows: Iterable[Iterable[Any]], header: Iterable[str] = HEADER) -> bytes:
    """A result file as the bank writes it."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([header, *rows])
    return text.getvalue().encode()


def bring(
    cast: Cast, batch: RefundBatch, content: bytes, name: str = "result.csv", **more: Any
) -> ResultImport:
    """The run of a file that finance brought, checked."""
    run = bring_result(
        batch_id=batch.pk, file=io.BytesIO(content), name=name, actor=person(cast.finance), **more
    )
    return step(run)


def bring_day(cast: Cast, content: bytes, **more: Any) -> ResultImport:
    """The run of a file that finance brought for whatever of store A it answers, checked."""
    file, actor = io.BytesIO(content), person(cast.finance)
    run = bring_result(store_id=cast.a.pk, file=file, name="day.csv", actor=actor, **more)
    return step(run)


def step(run: ResultImport) -> ResultImport:
    """The run after a worker has done what it waited for."""
    carry_on(run)
    return ResultImport.objects.get(pk=run.pk)


def apply(
    cast: Cast, batch: RefundBatch, rows: Iterable[Iterable[Any]], **more: Any
) -> ResultImport:
    """The run of a file that finance brought, confirmed and had applied."""
    run = bring(cast, batch, csv_of(rows), **more)
    confirm_result(run_id=run.pk, actor=person(cast.finance))
    return step(run)
