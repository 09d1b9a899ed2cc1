"""Giving many cases to a colleague: choose in the list, look at them, say to whom, read each result."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from backoffice.access import ScopedQuerySet
from backoffice.actors import person
from backoffice.exceptions import NotAllowed
from backoffice.models import User
from refunds.admin.cases.chosen import chosen_versions, without_post
from refunds.admin.cases.framed import CasePages
from refunds.bulk import MOST, TooMany
from refunds.desk import claiming
from refunds.desk.assigning import assign_many
from refunds.forms.desk import Colleagues
from refunds.models import RefundCase


class AssignManyForm(forms.Form):
    """To whom, and why?"""

    colleague = Colleagues(label=_("Colleague"), queryset=User.objects.none())
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=300,
        help_text=_("Kept in history as the reason."),
    )

    def __init__(self, *args: Any, cases: Sequence[RefundCase], **kwargs: Any) -> None:
        """Colleagues who may decide in every store of ``cases``."""
        super().__init__(*args, **kwargs)
        people = User.objects.filter(is_active=True) if cases else User.objects.none()
        for store in {case.store for case in cases}:
            people = people.filter(pk__in=claiming.colleagues(store).values("pk"))
        self.fields["colleague"].queryset = people.order_by("username")  # type: ignore[attr-defined]  # a ModelChoiceField


class AssignManyPages(CasePages):
    """The list's action and the page behind it."""

    @admin.action(description=_("Assign the chosen cases …"), permissions=["assign_many"])
    def assign_chosen(self, request: HttpRequest, queryset: ScopedQuerySet) -> HttpResponse:
        """From the list to the preview; nothing is given yet."""
        if queryset.count() > MOST:
            raise TooMany
        return self._assign_page(request, queryset)

    def has_assign_many_permission(self, request: HttpRequest) -> bool:
        """Whether the person may give cases to others in any store."""
        return request.user.has_perm(claiming.ASSIGNS)

    def assign_many_view(self, request: HttpRequest) -> HttpResponse:
        """POST of the preview: give what was looked at, and show each result."""
        if not self.has_assign_many_permission(request):
            raise NotAllowed
        if (elsewhere := without_post(request)) is not None:
            return elsewhere
        looked_at = chosen_versions(request)
        if len(looked_at) > MOST:
            raise TooMany
        visible = RefundCase.objects.visible_to(request.user)
        chosen = visible.filter(pk__in=[pk for pk, _version in looked_at])
        cases = self._given(request, chosen)
        form = AssignManyForm(request.POST, cases=cases)
        if not cases or not form.is_valid():
            return self._assign_page(request, chosen, form, 400)
        results = assign_many(looked_at=looked_at, actor=person(request.user), **form.cleaned_data)
        done = sum(1 for result in results if not result.refusal)
        context = {
            "title": _("Assign many cases"),
            "results": results,
            "done": done,
            "refused": len(results) - done,
            "colleague": claiming.name_of(form.cleaned_data["colleague"]),
        }
        return self.framed(request, "refunds/assign_result.html", None, context)

    def _given(self, request: HttpRequest, chosen: ScopedQuerySet) -> list[RefundCase]:
        own = chosen.within(request.user, claiming.ASSIGNS)
        open_cases = own.filter(state__in=claiming.OPEN, closed_at=None)
        return list(open_cases.select_related("store", "order__buyer", "assignee")[:MOST])

    def _assign_page(
        self,
        request: HttpRequest,
        chosen: ScopedQuerySet,
        form: AssignManyForm | None = None,
        status: int = 200,
    ) -> HttpResponse:
        cases = self._given(request, chosen)
        context = {
            "title": _("Assign many cases"),
            "cases": cases,
            "left_out": chosen.count() - len(cases),
            "form": form or AssignManyForm(cases=cases),
        }
        return self.framed(request, "refunds/assign_preview.html", None, context, status)
