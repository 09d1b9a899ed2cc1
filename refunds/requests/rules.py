"""Trying the instant rules on the cases that a file opened, once they are committed.

The row is the job: a file whose rules were not tried to the end is found at the next tick. A case that is
tried twice is approved once. Only cases that a rule could be about are looked at one by one, and no more
of them than the store's day has room for.
"""

from collections.abc import Iterator
from functools import reduce
from operator import or_

from celery import shared_task
from django.core.cache import cache
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_noop

from backoffice import clock
from backoffice.actors import RULES, system
from backoffice.audit.recording import recorded
from backoffice.bulk.leases import LEASE
from backoffice.bulk.models import FileRun
from refunds.deciding import daily_cap
from refunds.instant import facts, rules
from refunds.instant.trying import try_rules
from refunds.models import Clock, Evidence, InstantRule, RefundCase, RequestImport, State

PAGE = 50  # cases between two looks at what is left of the day
TRIED = gettext_noop("The instant rules were tried on every case of the file.")


@shared_task(name="refunds.try_rules_on_requests")
def look_for_untried() -> int:
    """Try the rules on the cases of every applied file where that is not done; gives their number."""
    untried = RequestImport.objects.filter(state=FileRun.State.APPLIED, rules_tried_at=None)
    runs = list(untried.select_related("store").order_by("pk"))
    for run in runs:
        try_on_file(run)
    return len(runs)


def try_on_file(run: RequestImport) -> None:
    """Try the rules on the cases that ``run`` opened, unless somebody is at it."""
    key = f"lease:rules:{run.pk}"
    if not cache.add(key, 1, LEASE):
        return
    try:
        for page in _pages(run):
            for case in page:
                try_rules(case)
            cache.set(key, 1, LEASE)
        with recorded(system(RULES), TRIED):
            run.rules_tried_at = clock.now()
            run.save(update_fields=["rules_tried_at"])
    finally:
        cache.delete(key)


def _pages(run: RequestImport) -> Iterator[list[RefundCase]]:
    """The cases that a rule could approve, some at a time, while the store's day has room."""
    candidates = _candidates(run)
    last = run.counts.get("opened", [0, 0])[0] - 1
    while candidates is not None and _has_room(run):
        page = list(candidates.filter(pk__gt=last)[:PAGE])
        if not page:
            return
        yield page
        last = page[-1].pk


def _candidates(run: RequestImport) -> QuerySet[RefundCase] | None:
    first, last = run.counts.get("opened", [0, 0])
    standing = rules.in_force(run.store, clock.now()) if run.store.instant_approval else []
    if not standing or not last:
        return None
    cases = RefundCase.objects.filter(
        store=run.store, pk__gte=first, pk__lte=last, state=State.REQUESTED, clock=Clock.REVIEW, held_because=""
    )  # fmt: skip
    about = reduce(or_, map(_about, standing))
    return cases.filter(about).select_related("store", "order").order_by("pk")


def _about(rule: InstantRule) -> Q:
    """The cases that ``rule`` could approve, as far as a query tells; the rule itself looks again."""
    about = Q(kind=rule.kind)
    if rule.stage:
        about &= Q(stage=rule.stage)
    if rule.most_amount is not None:
        about &= Q(amount_requested__lte=rule.most_amount)
    if rule.photo_needed:
        about &= Q(Exists(facts.photos(Evidence.objects.filter(case=OuterRef("pk")))))
    return about


def _has_room(run: RequestImport) -> bool:
    room = daily_cap.rooms([run.store_id], wait=False).get(run.store_id)
    return room is None or room.cases > 0
