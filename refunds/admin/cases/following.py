"""From one case to the next, in the queue and under the filters that the person came with.

The list hands its filters to every page that it leads to, as Django's admin does; so two browser tabs
can work through two queues.
"""

from copy import copy
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice.exceptions import NotFound
from refunds.admin.cases.framed import CasePages
from refunds.models import RefundCase

FILTERS, NEXT = "_changelist_filters", "next"
USUAL = "queue=due"
FAR = 1000  # cases of a queue that one can walk through; beyond, it starts over
LIST = "admin:refunds_refundcase_changelist"


def kept(request: HttpRequest, **more: Any) -> str:
    """The query that takes the person's filters along; empty where there is nothing to keep."""
    filters = request.GET.get(FILTERS, "")
    query = urlencode({**({FILTERS: filters} if filters else {}), **more})
    return f"?{query}" if query else ""


def page_of(request: HttpRequest, pk: int, **more: Any) -> str:
    """The address of a case's page, with the filters."""
    return reverse("admin:refunds_refundcase_change", args=[pk]) + kept(request, **more)


class NextCase(CasePages):
    """The addresses behind “Next” and “Previous”: plain links, which keys press, too."""

    def next_view(self, request: HttpRequest, case_id: int) -> HttpResponse:
        """To the case after this one, or to the first where this one left the queue."""
        return self._beside(request, case_id, 1)

    def previous_view(self, request: HttpRequest, case_id: int) -> HttpResponse:
        """To the case before this one."""
        return self._beside(request, case_id, -1)

    def _beside(self, request: HttpRequest, case_id: int, step: int) -> HttpResponse:
        if not RefundCase.objects.visible_to(request.user).filter(pk=case_id).exists():
            raise NotFound
        found = self.neighbour(request, case_id, step)
        if found is None:
            messages.info(request, _("There is no further case in this queue."))
            return redirect(f"{reverse(LIST)}?{request.GET.get(FILTERS) or USUAL}")
        return redirect(page_of(request, found))

    def neighbour(self, request: HttpRequest, pk: int, step: int = 1) -> int | None:
        """The case beside ``pk`` in the person's queue; its first where ``pk`` is not in it."""
        queue = self._queue(request)
        if pk not in queue:
            return queue[0] if queue else None
        at = queue.index(pk) + step
        return queue[at] if 0 <= at < len(queue) else None

    def _queue(self, request: HttpRequest) -> list[int]:
        asked = copy(request)
        filters = QueryDict(request.GET.get(FILTERS) or USUAL, mutable=True)
        filters.pop("p", None)
        asked.GET = filters  # type: ignore[assignment]  # Django's own views do the same
        try:
            cases = self.get_changelist_instance(asked).queryset
        except (IncorrectLookupParameters, SuspiciousOperation):  # somebody wrote the address
            return []
        return list(cases.values_list("pk", flat=True)[:FAR])
