"""Buyers by their name: for those who may see names, and nobody else.

A name is not asked for in a page's address: addresses are kept by browsers, by the servers in between, and
with each export of a list. It is posted, and the address then says which buyers were found, by their ids.
"""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import PAGE_VAR, SEARCH_VAR
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.among import AmongTexts
from backoffice.models import User
from backoffice.privacy.names import named
from backoffice.privacy.reading import SEE
from orders.models import Buyer

BETWEEN, NOBODY = ".", "0"


def buyers_named(text: str, user: User) -> QuerySet[Buyer]:
    """The buyers of ``text``'s name in the stores where ``user`` may see it; finding out is seeing."""
    seen = Buyer.objects.within(user, SEE)
    subjects = named(text) if user.has_perm(SEE) else []
    if not subjects:
        return seen.none()
    codes = {subject.partition("/")[2] for subject in subjects}
    found = seen.filter(AmongTexts("code", codes)).values_list("pk", "store", "code")
    keys = [pk for pk, store, code in found if f"buyer {store}/{code}" in subjects]
    return seen.filter(pk__in=keys)


class BuyerFilter(admin.SimpleListFilter):
    """The buyers that a search by name has found; offered only where there was one."""

    title = gettext_lazy("buyer")
    parameter_name = "buyer"

    def __init__(self, request: HttpRequest, params: Any, model: Any, model_admin: Any) -> None:
        self.buyer_path = model_admin.buyer_path
        super().__init__(request, params, model, model_admin)

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The one choice: those who were found, called as this reader may call them."""
        chosen = self.value()
        if not chosen:
            return []
        found = Buyer.objects.visible_to(request.user).filter(pk__in=_ids(chosen)).order_by("pk")
        return [(chosen, " · ".join(map(str, found[:3])) or _("nobody"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """What belongs to them."""
        if not (chosen := self.value()):
            return queryset
        return queryset.filter(**{f"{self.buyer_path}__in": _ids(chosen)})


def _ids(chosen: str) -> list[int]:
    return [int(part) for part in chosen.split(BETWEEN) if part.isdecimal() and len(part) < 19]


class SearchByName:
    """A list that is searched by the buyer's name, too: the whole of it, or a word.

    ``buyer_path`` leads to the buyer. The list's form is posted (``search_is_posted``).
    """

    buyer_path = "buyer"
    search_is_posted = True

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """With the buyers that were found by name."""
        return [BuyerFilter, *super().get_list_filter(request)]  # type: ignore[misc]  # a mixin

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list; a search that was posted leads to an address without the name."""
        if request.method == "POST" and SEARCH_VAR in request.POST and "action" not in request.POST:
            if not self.has_view_permission(request):  # type: ignore[attr-defined]  # a mixin
                raise PermissionDenied
            return redirect(f"{request.path}?{self._found_at(request)}")
        return super().changelist_view(request, extra_context)  # type: ignore[misc]

    def _found_at(self, request: HttpRequest) -> str:
        """The filters as they were, and who or what was found."""
        asked, text = request.POST.copy(), request.POST.get(SEARCH_VAR, "").strip()
        for name in ("csrfmiddlewaretoken", SEARCH_VAR, PAGE_VAR, BuyerFilter.parameter_name):
            asked.pop(name, None)
        people = self._people(request, text)
        if people:
            asked[BuyerFilter.parameter_name] = BETWEEN.join(map(str, people))
        elif text and self._is_known(request, text):
            asked[SEARCH_VAR] = text
        elif text:
            asked[BuyerFilter.parameter_name] = NOBODY
            messages.info(request, _("Nothing and nobody is called that."))
        return asked.urlencode()

    def _people(self, request: HttpRequest, text: str) -> list[int]:
        user: Any = request.user
        found = set(buyers_named(text, user).values_list("pk", flat=True)) if text else set()
        if found:  # a word can be a pseudonym as well
            coded = Q(code__istartswith=text)
            found |= set(Buyer.objects.visible_to(user).filter(coded).values_list("pk", flat=True))
        return sorted(found)

    def _is_known(self, request: HttpRequest, text: str) -> bool:
        """Whether the list's own fields have it: then it is a number, and no name."""
        rows = self.get_queryset(request)  # type: ignore[attr-defined]  # a mixin
        found, _repeats = self.get_search_results(request, rows, text)  # type: ignore[attr-defined]
        return found.exists()
