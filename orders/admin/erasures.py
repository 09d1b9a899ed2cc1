"""Erasing a buyer's personal data: who asked, who confirmed, what went – and the buttons for it."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from backoffice.actors import person
from backoffice.admin.display import pill
from backoffice.admin.guarded import GuardedAdmin
from backoffice.exceptions import BackofficeError
from backoffice.privacy import retention
from backoffice.stepup import same_person
from orders import erasing, uploads
from orders.models import Erasure, Order

TONES = {"asked": "warning", "done": "closed", "called_off": "plain"}
NAME = "orders_erasure"
DONE = {
    "confirm": gettext_lazy("The buyer's personal data are erased. Nothing brings them back."),
    "call-off": gettext_lazy("Nothing is erased."),
}


@admin.register(Erasure)
class ErasureAdmin(GuardedAdmin):
    """Newest first. Who is erased is known by the channel's pseudonym alone."""

    list_display = (
        "shown_buyer",
        "state_pill",
        "asked_by",
        "asked_at",
        "confirmed_by",
        "erased_at",
    )
    list_filter: ClassVar = ["state"]
    list_select_related = ("buyer__store", "asked_by", "confirmed_by")
    search_fields = ("^buyer__code",)

    @display(description=gettext_lazy("buyer"))
    def shown_buyer(self, row: Erasure) -> str:
        """The pseudonym, and whose buyer it is."""
        return f"{row.buyer.code} · {row.buyer.store}"

    @display(description=gettext_lazy("state"), ordering="state")
    def state_pill(self, row: Erasure) -> SafeString:
        """The state, as a word in a colour."""
        return pill(TONES[row.state], row.get_state_display())

    def object_page(self, request: HttpRequest, obj: Erasure) -> HttpResponse:
        """One erasure: who, when and why, and what this person may do about it."""
        return self._page(request, obj)

    def _page(
        self, request: HttpRequest, row: Erasure, refusal: str = "", status: int = 200
    ) -> HttpResponse:
        waits = row.state == Erasure.State.ASKED
        asks, confirms = (request.user.has_perm(p, row) for p in (erasing.ASK, erasing.CONFIRM))
        own = same_person(row.asked_by, person(request.user).user)
        context = {
            "erasure": row,
            "state": self.state_pill(row),
            "refusal": refusal,
            "objections": erasing.objections(row.buyer) if waits else [],
            "going": erasing.going([row.buyer]) if waits else None,
            "stays": retention.with_rules(
                but=(
                    "orders.buyer",
                    "orders.order",
                    *erasing.goes_along(),
                    *uploads.looked_through(),
                )
            ),
            "may_confirm": waits and confirms and not own,
            "own": waits and confirms and own,
            "may_call_off": waits and (asks or confirms),
            "urls": {
                name: reverse(f"admin:{NAME}_{name}", args=args)
                for name, args in (("changelist", []), ("history", [row.pk]))
            }
            | {
                step.replace("-", "_"): reverse(f"admin:{NAME}_do", args=[row.pk, step])
                for step in DONE
            },
        }
        return self.page(request, "orders/erasure.html", row.buyer.code, context, status)

    def get_urls(self) -> list[Any]:
        """Asking and deciding, before Django's own pages."""
        wrap = self.admin_site.admin_view
        return [
            path("ask/<int:order_id>/", wrap(self.ask_view), name=f"{NAME}_ask"),
            path("<int:pk>/do/<slug:step>/", wrap(self.step_view), name=f"{NAME}_do"),
            *super().get_urls(),
        ]

    def ask_view(self, request: HttpRequest, order_id: int) -> HttpResponse:
        """Ask for the erasing of who bought an order (POST): the button is on the order's page."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        reason = request.POST.get("reason", "")
        try:
            row = erasing.ask(order_id=order_id, actor=person(request.user), reason=reason)
        except BackofficeError as refusal:
            if refusal.status in (403, 404):
                raise
            messages.error(request, str(refusal))
            return redirect("admin:orders_order_change", order_id)
        messages.success(request, _("It waits for a second person."))
        return redirect(f"admin:{NAME}_change", row.pk)

    def step_view(self, request: HttpRequest, pk: int, step: str) -> HttpResponse:
        """Confirm, or call off (POST); what speaks against it is said on the page."""
        row = self.require(request, str(pk))
        if request.method != "POST" or step not in DONE:
            return HttpResponseNotAllowed(["POST"])
        do = erasing.confirm if step == "confirm" else erasing.call_off
        try:
            do(erasure_id=row.pk, actor=person(request.user))
        except BackofficeError as refusal:
            if refusal.status in (403, 404):
                raise
            return self._page(request, row, str(refusal), refusal.status)
        messages.success(request, str(DONE[step]))
        return redirect(f"admin:{NAME}_change", row.pk)


def erasing_context(request: HttpRequest, order: Order) -> dict[str, Any]:
    """What the order's page says about it: nothing to those who may neither ask nor see."""
    if order.buyer is None or not request.user.has_perm("orders.view_erasure", order):
        return {}
    last = Erasure.objects.filter(buyer=order.buyer).order_by("-pk").first()
    waits = last is not None and last.state == Erasure.State.ASKED
    done = last is not None and last.state == Erasure.State.DONE
    return {
        "erasure": last if waits or done else None,
        "may_erase": not waits
        and request.user.has_perm(erasing.ASK, order)
        and erasing.going([order.buyer]).keys > 0,
        "erase_url": reverse(f"admin:{NAME}_ask", args=[order.pk]),
    }
