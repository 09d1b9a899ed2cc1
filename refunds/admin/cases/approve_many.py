"""Bulk approval: choose in the list, look at count and total, type the count, read each result."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from backoffice import money
from backoffice.access import ScopedQuerySet
from backoffice.actors import person
from backoffice.exceptions import NotAllowed
from refunds.admin.cases.chosen import chosen_versions, without_post
from refunds.admin.cases.framed import CasePages
from refunds.bulk import MOST, TooMany, approve_many
from refunds.models import RefundCase, State

PERMISSION = "refunds.approve_many"


class ConfirmForm(forms.Form):
    """The number of cases, typed by the person, and why."""

    confirm = forms.IntegerField(label=_("Type the number of cases to confirm"))
    note = forms.CharField(
        label=_("Note"), max_length=300, help_text=_("Kept in history as the reason.")
    )

    def __init__(self, *args: Any, count: int, **kwargs: Any) -> None:
        self.count = count
        super().__init__(*args, **kwargs)

    def clean_confirm(self) -> int:
        """The typed number has to be the count."""
        if self.cleaned_data["confirm"] != self.count:
            raise forms.ValidationError(
                _("Type %(count)d to confirm."), params={"count": self.count}
            )
        return self.cleaned_data["confirm"]


class ApproveManyPages(CasePages):
    """The list's action and the page behind it."""

    @admin.action(description=_("Approve the chosen cases …"), permissions=["approve_many"])
    def approve_chosen(self, request: HttpRequest, queryset: ScopedQuerySet) -> HttpResponse:
        """From the list to the preview; nothing is decided yet."""
        if queryset.count() > MOST:
            raise TooMany
        return self._preview(request, queryset)

    def has_approve_many_permission(self, request: HttpRequest) -> bool:
        """Whether the person may use bulk approval in any store."""
        return request.user.has_perm(PERMISSION)

    def approve_many_view(self, request: HttpRequest) -> HttpResponse:
        """POST of the preview: approve what was looked at, and show each result."""
        if not self.has_approve_many_permission(request):
            raise NotAllowed
        if (elsewhere := without_post(request)) is not None:
            return elsewhere
        looked_at = chosen_versions(request)
        cases = RefundCase.objects.visible_to(request.user).filter(
            pk__in=[pk for pk, _version in looked_at]
        )
        form = ConfirmForm(request.POST, count=len(looked_at))
        if not looked_at or not form.is_valid():
            return self._preview(request, cases, form, 400)
        results = approve_many(
            looked_at=looked_at, actor=person(request.user), note=form.cleaned_data["note"]
        )
        return self.framed(request, "refunds/bulk_result.html", None, _outcome(results))

    def _preview(
        self,
        request: HttpRequest,
        chosen: ScopedQuerySet,
        form: ConfirmForm | None = None,
        status: int = 200,
    ) -> HttpResponse:
        cases = list(
            chosen.within(request.user, PERMISSION)
            .filter(state=State.REQUESTED)
            .select_related("store", "order__buyer", "reason")[:MOST]
        )
        context = {
            "title": _("Approve many cases"),
            "cases": [(case, money.show(case.amount_requested, case.currency)) for case in cases],
            "left_out": chosen.count() - len(cases),
            "totals": totals(cases),
            "form": form or ConfirmForm(count=len(cases)),
        }
        return self.framed(request, "refunds/bulk_preview.html", None, context, status)


def totals(cases: Sequence[RefundCase]) -> list[str]:
    """The sum per currency, as a person reads it."""
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for case in cases:
        sums[case.currency] += case.amount_requested
    return [money.show(amount, currency) for currency, amount in sorted(sums.items())]


def _outcome(results: Sequence[Any]) -> dict[str, Any]:
    waiting = [result for result in results if result.waits]
    refused = [result for result in results if result.refusal]
    done = [result for result in results if result not in (*waiting, *refused)]
    return {
        "title": _("Approve many cases"),
        "results": results,
        "done": len(done),
        "waiting": len(waiting),
        "refused": len(refused),
        "totals": totals([result.case for result in done]),
    }
