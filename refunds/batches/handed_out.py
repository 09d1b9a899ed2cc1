"""What was handed out to the bank: kept sealed for as long as the law says, whoever of its buyers is erased.

A buyer's wish does not outweigh that payments have to be told of for years. What is over is deleted with the
key of the batch, by a rule: its rows and versions stay as they are, and nobody can read them.
"""

import hashlib
from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import CharField, Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.exceptions import WrongState
from backoffice.privacy.destroying import destroy
from backoffice.privacy.files import open_file
from backoffice.privacy.keys import lost
from backoffice.privacy.models import PersonKey
from backoffice.privacy.retention import Holding
from refunds.models import BatchFile, Difference, Payout, RefundBatch

SUBJECT = Concat(Value("batch "), OuterRef("number"), output_field=CharField())
DESTROYED = PersonKey.objects.filter(subject=SUBJECT).exclude(destroyed_at=None)


def opened(kept: BatchFile) -> bytes:
    """The bytes as they were handed out; raises ``WrongState`` where they are gone, or were touched."""
    try:
        content = open_file(bytes(kept.content))
    except ValueError:
        content = b""
    if content is None:
        raise WrongState(_over_sentence())
    if hashlib.sha256(content).hexdigest() != kept.sha256:
        raise WrongState(_("The stored file is not what was handed out before. Tell the platform."))
    return content


def objection(batch: RefundBatch, payouts: Iterable[Payout]) -> str:
    """Why not every file of ``batch`` can be handed out any more, as a sentence; empty where each can."""
    if RefundBatch.objects.filter(Exists(DESTROYED), pk=batch.pk).exists():
        return _over_sentence()
    if any(lost(row.destination for row in payouts)):
        return _(
            "Personal data of somebody in this batch were erased. Files that were handed out before are kept "
            "until their time is over; no other can be made."
        )
    return ""


def _over_sentence() -> str:
    return _("The time for which this batch's files are kept is over: they were deleted.")


def _over(moment: datetime) -> QuerySet[RefundBatch]:
    alive = PersonKey.objects.filter(subject=SUBJECT, destroyed_at=None)
    return RefundBatch.objects.filter(Exists(alive), released_at__lt=moment)


def _held(batches: Collection[int]) -> set[int]:
    """Those that wait for the bank, or differ from what it says."""
    rows = RefundBatch.objects.filter(pk__in=batches)
    differing = Difference.objects.filter(
        payout__batch=OuterRef("pk"), state__in=Difference.WAITING
    )
    waiting = rows.exclude(state=RefundBatch.State.RECONCILED)
    return {*waiting.values_list("pk", flat=True)} | {
        *rows.filter(Exists(differing)).values_list("pk", flat=True)
    }


def _delete(batches: Collection[int]) -> int:
    return destroy([row.files_subject for row in RefundBatch.objects.filter(pk__in=batches)])


HOLDING = Holding(
    "refunds.batchfile",
    gettext_lazy("Files of batches that were handed out"),
    gettext_lazy("the release"),
    _over,
    _delete,
    _held,
)
