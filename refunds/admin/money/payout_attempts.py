"""A payout's attempts on its page, and having the provider asked by hand."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import path
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from backoffice.admin.display import pill
from backoffice.audit.timeline import Entry, timeline
from backoffice.exceptions import BackofficeError, NotAllowed, NotFound
from refunds.admin.desk_pages import DeskAdmin, actor_of
from refunds.gateways.asking import PERMISSION, ask_now
from refunds.gateways.words import what_next
from refunds.models import Payout, PayoutAttempt

Outcome = PayoutAttempt.Outcome
LOOKS = {
    Outcome.CALLING: "sending",
    Outcome.SETTLED: "settled",
    Outcome.PENDING: "sent",
    Outcome.REFUSED: "failed",
    Outcome.NOT_FOUND: "cancelled",
    Outcome.STUCK: "error",
    Outcome.DIFFERS: "error",
}


class PayoutAttempts(DeskAdmin):
    """What a page about payouts shows and does about gateways."""

    def attempts_context(self, request: HttpRequest, payout: Payout) -> dict[str, Any]:
        """The attempts, newest first, what comes next, and whether this person may have it asked."""
        last = payout.attempts.order_by("-pk").first()
        asks = last is not None and payout.state in Payout.ON_ITS_WAY
        shown = attempts_of(payout, request).select_related("gateway").order_by("-pk")
        return {
            "attempts": [(attempt, outcome_pill(attempt)) for attempt in shown],
            "next": what_next(payout, last),
            "may_ask": asks and request.user.has_perm(PERMISSION, payout),
        }

    def story(self, request: HttpRequest, payout: Payout) -> list[Entry]:
        """What happened to the payout and to its attempts, as one timeline."""
        return timeline([payout, *attempts_of(payout, request).order_by("pk")])

    def ask_view(self, request: HttpRequest, payout_id: int) -> HttpResponse:
        """Ask the provider at once. POST only; the answer is on the page afterwards."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        payout = self.get_queryset(request).filter(pk=payout_id).first()
        if payout is None:
            raise NotFound
        if not request.user.has_perm(PERMISSION, payout):
            raise NotAllowed
        try:
            now = ask_now(payout_id=payout.pk, actor=actor_of(request))
        except BackofficeError as refusal:
            return self.row_page(request, payout, refusal.status, refusal=refusal)
        messages.info(request, answer_of(now))
        return redirect("admin:refunds_payout_change", payout.pk)

    def ask_url(self) -> Any:
        """Where the provider is asked."""
        view = self.admin_site.admin_view(self.ask_view)
        return path("<int:payout_id>/ask/", view, name="refunds_payout_ask")


def attempts_of(payout: Payout, request: HttpRequest) -> QuerySet[PayoutAttempt]:
    """The attempts that the person may see."""
    rows: QuerySet[PayoutAttempt] = PayoutAttempt.objects.visible_to(request.user)
    return rows.filter(payout=payout)


def outcome_pill(attempt: PayoutAttempt) -> SafeString:
    """An attempt's answer as a pill."""
    look = LOOKS.get(Outcome(attempt.outcome), "warning")
    return pill(look, attempt.get_outcome_display())


def answer_of(payout: Payout) -> str:
    """What the provider has said now, in a sentence."""
    attempt = payout.attempts.order_by("-pk")[0]
    return _("The provider was asked about %(number)s. Its answer: %(answer)s.") % {
        "number": attempt.number,
        "answer": attempt.get_outcome_display(),
    }
