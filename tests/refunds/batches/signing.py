"""Batches that take two people, and accounts of one person."""

from backoffice.actors import INSTALLER, system
from backoffice.audit.recording import recorded
from backoffice.clock import now
from backoffice.models import User
from refunds.models import CheckingLimit, RefundBatch
from refunds.payouts.routes import Way

ACCOUNT = Way("bank", "6222020000001234", "Lin Mei", "BKCHCNBJ")


def fetch(batch: RefundBatch) -> RefundBatch:
    return RefundBatch.objects.get(pk=batch.pk)


def link(one: User, other: User) -> None:
    """The platform found out that two accounts are one person's."""
    with recorded(system(INSTALLER), "Two accounts of one person."):
        other.person = one.person
        other.save()


def limit(currency: str = "CNY", batch: int = 50, line: int = 50) -> None:
    with recorded(system(INSTALLER), "A limit for a test."):
        CheckingLimit.objects.create(
            currency=currency, batch_amount=batch, line_amount=line, starts_on=now().date()
        )
