"""Building a batch: what waits per store and currency, a look at every row, then the seal."""

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.db.models import Case, Count, F, Min, QuerySet, Sum, Value, When
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from backoffice import money
from backoffice.exceptions import BackofficeError, NotAllowed, NotFound
from backoffice.row_numbers import row_numbers, row_of
from merchants.models import Store
from refunds.admin.desk_pages import actor_of, shown, way_label
from refunds.admin.money.batch_pages import BatchPages
from refunds.admin.money.forms import NoteForm
from refunds.batches.building import READY, Lane, build, lane_of, queued
from refunds.models import Payout, RefundBatch
from refunds.payouts.routes import closed_routes

BUILD = "refunds.build_refundbatch"
SHOWN = 1_000  # rows to look at in one go; a draft takes more afterwards


class BuildPage(BatchPages):
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
            return self.page(request, "refunds/batch_build.html", _("Build a batch"), context)
        store = _store(request, request.GET["store"])
        return self._preview(request, _lane(store, request.GET), store)

    def _build(self, request: HttpRequest) -> HttpResponse:
        store = _store(request, request.POST.get("store", ""))
        lane = _lane(store, request.POST)
        chosen = set(row_numbers(request.POST.getlist("payout")))
        form = NoteForm(request.POST)
        if not form.is_valid():
            return self._preview(request, lane, store, chosen=chosen, form=form, status=400)
        try:
            batch = build(
                store_id=store.pk,
                currency=lane.currency,
                method=lane.method,
                channel=lane.channel,
                actor=actor_of(request),
                payout_ids=chosen,
                note=form.cleaned_data["note"],
                draft="draft" in request.POST,
            )
        except BackofficeError as refusal:
            return self._preview(
                request,
                lane,
                store,
                chosen=chosen,
                form=form,
                refusal=refusal,
                status=refusal.status,
            )
        draft = batch.state == RefundBatch.State.DRAFT
        done = (
            _("Batch %(batch)s is a draft. Seal it when it is complete.")
            if draft
            else _("Batch %(batch)s is sealed. Somebody else has to release it.")
        )
        messages.success(request, done % {"batch": batch})
        return redirect("admin:refunds_refundbatch_change", batch.pk)

    def _preview(
        self,
        request: HttpRequest,
        lane: Lane,
        store: Store,
        *,
        chosen: set[int] | None = None,
        status: int = 200,
        **more: Any,
    ) -> HttpResponse:
        """The rows, all of them ticked, or those that the person had ``chosen`` before a refusal."""
        rows = list(queued(lane).select_related("case__order")[:SHOWN])
        closed = closed_routes(rows)
        rows = [row for row in rows if row not in closed]
        ticked = [row for row in rows if chosen is None or row.pk in chosen]
        total = sum((row.amount for row in ticked), Decimal(0))
        context = {
            "store": store,
            "lane": lane,
            "way": way_label(RefundBatch(method=lane.method, channel=lane.channel)),
            "rows": [
                {**row, "ticked": chosen is None or row["payout"].pk in chosen}
                for row in shown(rows, request.user)
            ],
            "ticked": len(ticked),
            "closed": closed.items(),
            "total": money.show(total, lane.currency) if money.known(lane.currency) else "",
            "limit": SHOWN,
            "form": NoteForm(),
            **more,
        }
        return self.page(request, "refunds/batch_preview.html", _("Build a batch"), context, status)


def _lane(store: Store, asked: QueryDict) -> Lane:
    """What the address or the form names; without a method the lane of the oldest payout."""
    currency, method = asked.get("currency", "")[:3], asked.get("method", "")
    known = method if method in Payout.Method.values else ""
    return lane_of(store, currency, known, asked.get("channel", "")[:40])


def _store(request: HttpRequest, pk: str) -> Store:
    """A store in which the person may build."""
    stores = Store.objects.within(request.user, BUILD)
    store = row_of(stores, pk)
    if store is None:
        raise NotFound
    return store


def waiting(request: HttpRequest) -> list[dict[str, Any]]:
    """What waits, per own store, currency and way: how many, how much, since when."""
    rows: QuerySet = Payout.objects.within(request.user, BUILD).filter(READY)
    by_way = rows.order_by().annotate(
        way=Case(When(method=Payout.Method.ORIGINAL, then=F("channel")), default=Value(""))
    )
    groups = by_way.values("case__store", "case__store__name", "currency", "method", "way")
    return [
        {
            "store": group["case__store"],
            "name": group["case__store__name"],
            "currency": group["currency"],
            "method": group["method"],
            "channel": group["way"],
            "way": way_label(RefundBatch(method=group["method"], channel=group["way"])),
            "count": group["count"],
            "total": money.show(group["total"], group["currency"]),
            "oldest": group["oldest"],
        }
        for group in groups.annotate(
            count=Count("pk"), total=Sum("amount"), oldest=Min("queued_at")
        ).order_by("oldest")
    ]
