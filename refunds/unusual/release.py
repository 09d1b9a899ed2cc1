"""Changes of a payout or a batch shortly before the batch was released."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from backoffice.audit.search.models import ChangeEntry, ChangeQuerySet
from backoffice.audit.search.telling import who
from backoffice.audit.search.unusual import MOST, Finding, Unusual
from backoffice.audit.timeline import title_of_action
from backoffice.clock import spell
from backoffice.models import User
from refunds.models import Payout, RefundBatch

BATCH, PAYOUT = RefundBatch._meta.label_lower, Payout._meta.label_lower
WHERE_IT_GOES = ("destination", "payee", "bank_code", "method")
REOPENED = ("reopen", "add", "remove")


def find(user: User | AnonymousUser, since: datetime) -> Iterator[Finding]:
    """What was changed in the last minutes before the signature that let the money go."""
    batches = RefundBatch.objects.visible_to(user).filter(released_at__gte=since)
    for batch in batches.order_by("-released_at")[:MOST]:
        released = batch.released_at or since
        for entry in _changes(user, batch, released):
            yield _finding(batch, entry, released)


def _changes(user: User | AnonymousUser, batch: RefundBatch, released: datetime) -> ChangeQuerySet:
    """The batch opened again, or a payout of it sent somewhere else, shortly before."""
    span = timedelta(minutes=settings.UNUSUAL_RELEASE_MINUTES)
    payouts = list(batch.payouts.values_list("number", flat=True))
    opened = Q(model=BATCH, number=batch.number, field="state", action__in=REOPENED)
    sent = Q(model=PAYOUT, number__in=payouts, field__in=WHERE_IT_GOES, kind="~")
    changes = ChangeEntry.objects.visible_to(user).filter(opened | sent)
    shortly_before = changes.filter(at__gte=released - span, at__lt=released)
    return shortly_before.select_related("actor").order_by("-at", "-pk")


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
            "What changes in the last minutes is what the one who signs has looked at least."
        ),
        _limits,
        find,
    ),
]
