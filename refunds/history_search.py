"""What a search in history knows by name: the acts of this app, and which numbers belong together."""

from collections.abc import Iterable, Iterator, Mapping

from django.utils.functional import Promise

from refunds.actions import TABLE, label_of
from refunds.batches import building, drafts, releasing
from refunds.models import Complaint, Payout, RefundCase, Replacement
from refunds.payouts import queueing

OTHERS: tuple[Mapping[str, str | Promise], ...] = (
    building.LABELS,
    drafts.LABELS,
    queueing.LABELS,
    releasing.LABELS,
)


def acts() -> Iterator[tuple[str, str | Promise]]:
    """Every act on cases, payouts and batches, and what it is called once it is done."""
    for name in ("request", *(action.name for action in TABLE)):
        yield name, label_of(name)
    for labels in OTHERS:
        yield from labels.items()


def relatives(number: str) -> Iterable[str]:
    """The numbers of what belongs to a case, an order or a batch: its cases, payouts, parcels, complaints."""
    cases = RefundCase.objects.filter(number=number) or RefundCase.objects.filter(
        order__number=number
    )
    found = {case.number for case in cases}
    for model in (Payout, Replacement, Complaint):
        found.update(model.objects.filter(case__in=cases).values_list("number", flat=True))
    found.update(Payout.objects.filter(batch__number=number).values_list("number", flat=True))
    return found
