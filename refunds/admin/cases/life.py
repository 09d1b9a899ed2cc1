"""A case's whole life: itself and everything that belongs to it, as far as a reader may see it."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q, QuerySet, prefetch_related_objects
from django.http import HttpRequest

from backoffice.audit.models import Audited
from backoffice.audit.timeline import timeline, versions_of
from backoffice.held_roles import told_roles
from backoffice.privacy.reading import in_words
from refunds.models import (
    BatchApproval,
    Difference,
    GatewayNotice,
    LedgerEntry,
    Payout,
    PayoutAttempt,
    RefundBatch,
    RefundCase,
    ReplacementLine,
)

KIND = "kind"
Kind = tuple[str, str, int]


def history(request: HttpRequest, case: RefundCase) -> dict[str, Any]:
    """The whole life of the case, or of one kind of its objects, and its own raw versions."""
    prefetch_related_objects([case], "lines__order_line")
    rows = parts(request, case)
    kinds = _kinds(rows)
    chosen = request.GET.get(KIND, "")
    if chosen not in {name for name, _label, _count in kinds}:
        chosen = ""
    shown = [row for row in rows if chosen in ("", row._meta.model_name)]
    return {
        "entries": timeline(shown),
        "kinds": kinds,
        "kind": chosen,
        "versions": versions_of(case),
        "raw": [
            _raw(version, request) for version in case.history.order_by("-history_id").values()
        ],
        "raw_fields": [f.name for f in case.history.model._meta.concrete_fields],
    }


def _raw(version: dict[str, Any], request: HttpRequest) -> dict[str, Any]:
    """A version as it is stored, but for what only some may read."""
    role = told_roles(version["actor_role"], request.user)
    return {name: in_words(value) for name, value in version.items()} | {"actor_role": role}


def _kinds(rows: list[Audited]) -> list[Kind]:
    """The kinds of objects there are, what they are called, and how many; in the order of ``rows``."""
    found: dict[type[Audited], int] = {}
    for row in rows:
        found[type(row)] = found.get(type(row), 0) + 1
    return [
        (str(model._meta.model_name), str(model._meta.verbose_name_plural if count > 1 else model._meta.verbose_name), count)
        for model, count in found.items()
    ]  # fmt: skip


def parts(request: HttpRequest, case: RefundCase) -> list[Any]:
    """The case and all that belongs to it; what was said, to those who may read it."""
    return [
        case,
        *case.lines.all(),
        *case.evidence.all(),
        *case.payouts.all(),
        *case.compensations.all(),
        *case.replacements.all(),
        *case.disputes.all(),
        *case.messages.visible_to(request.user),
        *case.pauses.all(),
        *case.offers.all(),
        *case.complaints.all(),
        *_of_goods(case),
        *_of_money(request, case),
    ]


def _of_goods(case: RefundCase) -> QuerySet:
    """What was in the parcels that replaced the goods."""
    return ReplacementLine.objects.filter(replacement__case=case).order_by("pk")


def _of_money(request: HttpRequest, case: RefundCase) -> Iterator[Audited]:
    """The way of the case's money: attempts and notices, batches with their signatures, the ledger, and
    what the bank had otherwise.
    """
    user = request.user
    yield from PayoutAttempt.objects.visible_to(user).filter(payout__case=case).order_by("pk")
    yield from GatewayNotice.objects.visible_to(user).filter(payout__case=case).order_by("pk")
    batches = list(RefundBatch.objects.visible_to(user).filter(pk__in=_was_in(case)).order_by("pk"))
    yield from batches
    signatures = BatchApproval.objects.filter(batch__in=batches)
    yield from signatures.select_related("batch").order_by("pk")
    entries = LedgerEntry.objects.visible_to(user).filter(Q(case=case) | Q(payout__case=case))
    yield from entries.select_related("payout").order_by("pk")
    differences = Difference.objects.visible_to(user).filter(payout__case=case)
    yield from differences.select_related("payout").order_by("pk")


def _was_in(case: RefundCase) -> QuerySet:
    """Every batch that a payout of the case was ever in: a batch made void is left again."""
    payouts = Payout.objects.filter(case=case).values("pk")
    return Payout.history.filter(id__in=payouts, batch__isnull=False).values("batch")
