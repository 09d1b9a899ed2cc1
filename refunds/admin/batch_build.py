"""Building a batch: what waits per store and currency, a look at every row, then the seal."""

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.db.models import Count, Min, QuerySet, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from backoffice import money
from backoffice.exceptions import BackofficeError, NotAllowed, NotFound
from merchants.models import Store
from refunds.admin.desk_pages import actor_of, shown
from refunds.admin.money_forms import NoteForm
from refunds.batches import LIMIT, build, queued
from refunds.models import Payout

BUILD = "refunds.build_refundbatch"


class BuildMixin:
    """The “Build a batch” page."""

    def build_view(self, request: HttpRequest) -> HttpResponse:
        """GET shows what waits, or the rows of one store and currency; POST seals what was chosen."""
        if request.method not in ("GET", "HEAD", "POST"):
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
        if not request.user.has_perm(BUILD):
            raise NotAllowed
        if request.method == "POST":
            return self._build(request)
        if "store" not in request.GET:
            context = {"waiting": waiting(request)}
            return self.page(request, "refunds/batch_build.html", _("Build a batch"), context)  # type: ignore[attr-defined]
        store = _store(request, request.GET["store"])
        return self._preview(request, store, request.GET.get("currency", "")[:3])

    def _build(self, request: HttpRequest) -> HttpResponse:
        store = _store(request, request.POST.get("store", ""))
        currency = request.POST.get("currency", "")[:3]
        chosen = {
            int(pk) for pk in request.POST.getlist("payout") if pk.isdecimal() and len(pk) < 19
        }
        form = NoteForm(request.POST)
        if not form.is_valid():
            return self._preview(request, store, currency, form=form, status=400)
        try:
            batch = build(
                store_id=store.pk,
                currency=currency,
                actor=actor_of(request),
                payout_ids=chosen,
                note=form.cleaned_data["note"],
            )
        except BackofficeError as refusal:
            return self._preview(
                request, store, currency, form=form, refusal=refusal, status=refusal.status
            )
        messages.success(
            request,
            _("Batch %(batch)s is sealed. Somebody else has to release it.") % {"batch": batch},
        )
        return redirect("admin:refunds_refundbatch_change", batch.pk)

    def _preview(
        self, request: HttpRequest, store: Store, currency: str, *, status: int = 200, **more: Any
    ) -> HttpResponse:
        rows = list(
            queued(store_id=store.pk, currency=currency).select_related("case__order")[:LIMIT]
        )
        total = sum((row.amount for row in rows), Decimal(0))
        context = {
            "store": store,
            "currency": currency,
            "rows": shown(rows),
            "total": money.show(total, currency) if money.known(currency) else "",
            "limit": LIMIT,
            "form": NoteForm(),
            **more,
        }
        return self.page(request, "refunds/batch_preview.html", _("Build a batch"), context, status)  # type: ignore[attr-defined]


def _store(request: HttpRequest, pk: str) -> Store:
    """A store in which the person may build."""
    stores = Store.objects.within(request.user, BUILD)
    store = stores.filter(pk=int(pk)).first() if pk.isdecimal() and len(pk) < 19 else None
    if store is None:
        raise NotFound
    return store


def waiting(request: HttpRequest) -> list[dict[str, Any]]:
    """What waits, per own store and currency: how many, how much, since when."""
    rows: QuerySet = Payout.objects.within(request.user, BUILD).filter(
        state=Payout.State.QUEUED, batch=None, frozen=False
    )
    groups = rows.order_by().values("case__store", "case__store__name", "currency")
    return [
        {
            "store": group["case__store"],
            "name": group["case__store__name"],
            "currency": group["currency"],
            "count": group["count"],
            "total": money.show(group["total"], group["currency"]),
            "oldest": group["oldest"],
        }
        for group in groups.annotate(
            count=Count("pk"), total=Sum("amount"), oldest=Min("queued_at")
        ).order_by("oldest")
    ]
