"""Thousands of payouts on their way in batches, as if the bank had been given their files."""

import csv
from collections.abc import Iterable
from pathlib import Path

from django.db.models import F, Max, QuerySet, Value

from backoffice.actors import INSTALLER, system
from backoffice.among import Among
from backoffice.audit.recording import recorded
from backoffice.audit.sets import insert_found, update_set
from backoffice.clock import now
from backoffice.models import User
from merchants.models import Store
from refunds.batches.sealing import seal
from refunds.ledger.accounts import Accounts
from refunds.models import Account, LedgerEntry, Payout, RefundBatch
from refunds.sweep.approving import approve_set
from tests.refunds.many import make_overdue

REFUSED = 50  # one payout of so many


def make_sent(store: Store, number: int, *, size: int = 1_000) -> list[int]:
    """``number`` payouts of approved cases, sent in batches of ``size``; gives the batches' ids."""
    before = Payout.objects.aggregate(last=Max("pk"))["last"] or 0
    case_ids = make_overdue([store], number)
    with recorded(system(INSTALLER), "Many payouts at once."):
        approve_set(case_ids)
        new = Payout.objects.filter(pk__gt=before)
        ids = list(new.order_by("pk").values_list("pk", flat=True))
        parts = [ids[start : start + size] for start in range(0, number, size)]
        batches = [_batch(store, part) for part in parts]
        _enter(store, new)
    return batches


def _batch(store: Store, payout_ids: list[int]) -> int:
    payouts = Payout.objects.filter(Among("pk", payout_ids))
    sealed = seal(list(payouts))
    maker, checker = _people()
    batch = RefundBatch.objects.create(
        store=store,
        state=RefundBatch.State.SENT,
        currency="CNY",
        count=sealed.count,
        total=sealed.total,
        sha256=sealed.sha256,
        maker=maker,
        checker=checker,
        released_at=now(),
    )
    update_set(payouts, batch=batch, state=Payout.State.SENT)
    return batch.pk


def _people() -> tuple[User, User]:
    """Who built and who released: the database wants two."""
    names = ("maker-of-many", "checker-of-many")
    with recorded(system(INSTALLER), "Part of what was sent."):
        maker, checker = (User.objects.get_or_create(username=name)[0] for name in names)
    return maker, checker


def _enter(store: Store, payouts: QuerySet[Payout]) -> None:
    """What the ledger says of money that is on its way."""
    accounts = Accounts()
    ours, clearing = (
        accounts.of_store(kind, store.pk, "CNY")
        for kind in (Account.Kind.STORE, Account.Kind.CLEARING)
    )
    insert_found(
        LedgerEntry,
        payouts.order_by("pk"),
        {
            "at": Value(now()),
            "kind": Value(LedgerEntry.Kind.SENT),
            "credit": Value(ours.pk),
            "debit": Value(clearing.pk),
            "amount": F("amount"),
            "currency": F("currency"),
            "store": Value(store.pk),
            "case": F("case"),
            "payout": F("pk"),
        },
        found=LedgerEntry.objects.filter(payout__in=payouts.values("pk")),
    )


def write_answers(file: Path, batch_ids: Iterable[int]) -> None:
    """The bank's file about ``batch_ids``: all settled, but one of fifty refused with a reason."""
    payouts = Payout.objects.filter(Among("batch", list(batch_ids))).order_by("pk")
    rows = payouts.values_list("number", "amount")
    with file.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(("number", "amount", "currency", "status", "reason"))
        for turn, (number, amount) in enumerate(rows.iterator(), 1):
            answer = ("settled", "") if turn % REFUSED else ("failed", "Account closed")
            writer.writerow((number, amount, "CNY", *answer))
