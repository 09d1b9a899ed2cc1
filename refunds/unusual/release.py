"""Changes of a payout or a batch shortly before the batch was released."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from backoffice.audit.search.models import ChangeEntry, ChangeQuerySet
from backoffice.audit.search.telling import who
from backoffice.audit.search.unusual import Finding, Period, Unusual
from backoffice.audit.timeline import title_of_action
from backoffice.clock import spell
from backoffice.models import User
from refunds.models import Payout, RefundBatch

BATCH, PAYOUT = RefundBatch._meta.label_lower, Payout._meta.label_lower
WHERE_IT_GOES = ("destination", "payee", "bank_code", "method")
AT_ONCE = 500  # changes whose batches are looked up together
REOPENED = ("reopen", "add", "remove")


def find(user: User | AnonymousUser, period: Period) -> Iterator[Finding]:
    """What was changed in the last minutes before the signature that let the money go."""
    span = timedelta(minutes=settings.UNUSUAL_RELEASE_MINUTES)
    changes = _changes(user, period, span).iterator(AT_ONCE)
    while some := list(islice(changes, AT_ONCE)):
        batches = _batches(user, period, some)
        for entry in some:
            batch = batches.get((entry.model, entry.row))
            if batch and batch.released_at - span <= entry.at < batch.released_at:
                yield _finding(batch, entry, batch.released_at)


def _changes(user: User | AnonymousUser, period: Period, span: timedelta) -> ChangeQuerySet:
    """Batches opened again, and payouts sent somewhere else: few, and each a candidate."""
    opened = Q(model=BATCH, field="state", action__in=REOPENED)
    sent = Q(model=PAYOUT, field__in=WHERE_IT_GOES, kind="~")
    changes = ChangeEntry.objects.visible_to(user).filter(opened | sent)
    lately = changes.filter(at__gte=period.since - span, at__lt=period.until)
    return lately.by_whom().order_by("-at", "-pk")


def _batches(
    user: User | AnonymousUser, period: Period, changes: Iterable[ChangeEntry]
) -> dict[tuple[str, int], Any]:
    """The batch of each changed row, if it was released in the period."""
    keys: dict[str, set[int]] = {BATCH: set(), PAYOUT: set()}
    for entry in changes:
        keys[entry.model].add(entry.row)
    homes = Payout.objects.filter(pk__in=keys[PAYOUT]).values_list("pk", "batch")
    of = {(PAYOUT, pk): batch for pk, batch in homes} | {(BATCH, pk): pk for pk in keys[BATCH]}
    released = RefundBatch.objects.visible_to(user).filter(
        released_at__gte=period.since, released_at__lt=period.until
    )
    found = released.in_bulk({key for key in of.values() if key})
    return {row: found[key] for row, key in of.items() if key in found}


def _finding(batch: RefundBatch, entry: ChangeEntry, released: datetime) -> Finding:
    model = RefundBatch if entry.model == BATCH else Payout
    words = {
        "who": who(entry),
        "act": title_of_action(model, entry.action, entry.kind),
        "number": entry.number,
        "batch": batch.number,
        "span": spell(released - entry.at),
    }
    sentence = _("%(who)s changed %(number)s (%(act)s) %(span)s before %(batch)s was released.")
    href = reverse("admin:refunds_refundbatch_history", args=[batch.pk])
    return Finding(sentence % words, entry.at, href, _(entry.reason))


def _limits() -> Iterator[str]:
    minutes = settings.UNUSUAL_RELEASE_MINUTES
    yield ngettext(
        "Told is what happened in the last %(n)d minute before the release.",
        "Told is what happened in the last %(n)d minutes before the release.",
        minutes,
    ) % {"n": minutes}


QUESTIONS = [
    Unusual(
        "release",
        gettext_lazy("Changed just before the release"),
        gettext_lazy(
            "What changes in the last minutes is what the one who signs has looked at the least."
        ),
        _limits,
        find,
    ),
]
