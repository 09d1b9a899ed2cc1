"""The queues in the case list: tabs with counts, a filter, and the order in which work is done."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from backoffice.models import User
from refunds.desk.queues import BY_DUE, BY_NAME, COUNTED, QUEUES, counts
from refunds.models import State

PARAMETER = "queue"


class QueueFilter(admin.SimpleListFilter):
    """One queue; the tabs above the list set it."""

    title = _("queue")
    parameter_name = PARAMETER

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Every queue."""
        return [(queue.name, queue.label) for queue in QUEUES]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """The cases of the chosen queue; an unknown one is ignored."""
        queue = BY_NAME.get(self.value() or "")
        return queryset.filter(queue.of(request.user)) if queue else queryset  # type: ignore[arg-type]  # signed in


def ordering(request: HttpRequest) -> list[Any]:
    """As the chosen queue is worked through; due next first, what waits for nobody last."""
    queue = BY_NAME.get(request.GET.get(PARAMETER, ""))
    return list(queue.order if queue else BY_DUE)


def tabs(request: HttpRequest, cases: QuerySet, user: User) -> dict[str, list[dict[str, Any]]]:
    """A tab per queue, and one per state that has cases; all counts in one query."""
    conditions = {f"queue_{queue.name}": queue.of(user) for queue in QUEUES}
    conditions |= {f"state_{state}": Q(state=state) for state in State.values}
    found = counts({"all": Q(), **conditions}, cases, user)
    queue, state = request.GET.get(PARAMETER, ""), request.GET.get("state", "")
    everything = _tab(_("All"), found["all"], "?", current=not queue and not state)
    return {
        "queue_tabs": [
            _tab(q.label, found[f"queue_{q.name}"], f"?queue={q.name}", current=q.name == queue)
            for q in QUEUES
        ],
        "case_tabs": [
            everything,
            *(
                _tab(label, found[f"state_{name}"], f"?state={name}", current=name == state)
                for name, label in State.choices
                if found[f"state_{name}"] or name == state
            ),
        ],
    }


def _tab(label: Any, count: int, href: str, *, current: bool) -> dict[str, Any]:
    shown = f"{COUNTED - 1}+" if count >= COUNTED else count
    return {"label": label, "count": shown, "href": href, "current": current}
