"""Acting on a case: one view for the whole action table."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.translation import gettext as _

from backoffice.actors import person
from backoffice.exceptions import BackofficeError, NotAllowed, NotFound, WrongState
from refunds.actions import ACTIONS, Action
from refunds.admin.cases.following import NEXT, NextCase, kept, page_of
from refunds.deciding import four_eyes
from refunds.models import RefundCase
from refunds.workflow import perform


class ActPage(NextCase):
    """The views behind the case page's dialogs."""

    def act_view(self, request: HttpRequest, case_id: int, action: str) -> HttpResponse:
        """GET shows the action's form on a page of its own; POST performs it.

        What the table does not offer to this person is refused here too, whatever was posted.
        """
        if request.method not in ("GET", "HEAD", "POST"):
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
        case, entry = self._case_and_entry(request, case_id, action)
        form = entry.form(
            request.POST or None, request.FILES or None, case=case, reader=person(request.user).user
        )
        if request.method != "POST":
            if not entry.possible(case):
                raise WrongState
            return self.form_page(request, case, entry, form)
        if form.is_valid():
            beside = self.neighbour(request, case.pk) if entry.transitions else None
            try:
                case = perform(
                    action, case_id=case.pk, actor=person(request.user), **form.cleaned_data
                )
            except BackofficeError as refusal:
                form.add_error(None, str(refusal))
                return self.form_page(request, case, entry, form, refusal.status)
            if entry.transitions and four_eyes.waits(case):
                messages.warning(request, _("Approved. A second person has to approve it too."))
            else:
                messages.success(request, _done(request, entry, beside))
            return redirect(page_of(request, case.pk, **({NEXT: beside} if beside else {})))
        return self.form_page(request, case, entry, form, 400)

    def _case_and_entry(
        self, request: HttpRequest, case_id: int, action: str
    ) -> tuple[RefundCase, Action]:
        case = RefundCase.objects.visible_to(request.user).filter(pk=case_id).first()
        entry = ACTIONS.get(action)
        if case is None or entry is None or not entry.by_hand:
            raise NotFound
        if not entry.allowed(case, person(request.user)):
            raise NotAllowed(entry.objection(case, person(request.user)))
        return case, entry

    def form_page(
        self, request: HttpRequest, case: RefundCase, entry: Action, form: Any, status: int = 200
    ) -> HttpResponse:
        """The action's form as a page: without scripts, and when something has to be mended."""
        return self.framed(
            request,
            "refunds/case_action.html",
            case,
            {"action": entry, "form": form, "keep": kept(request)},
            status,
        )


def _done(request: HttpRequest, entry: Action, beside: int | None) -> str:
    """What was done, and the way to the next case of the person's queue."""
    done = _("%(done)s.") % {"done": entry.past}
    if beside is None:
        return done
    return format_html(
        '{} <a class="desk-link" href="{}">{}</a>', done, page_of(request, beside), _("Next case")
    )
