"""“What if?”: ask, watch it being answered, look at the answer, compare, share the page's address."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from unfold.decorators import display

from backoffice.admin.guarded import ScopedRelatedFilter
from backoffice.bulk.progress import progress_of
from backoffice.exceptions import BackofficeError, NotAllowed, NotFound
from backoffice.row_numbers import row_of
from merchants.models import Store
from refunds.admin.desk_pages import DeskAdmin, actor_of, state_pill
from refunds.admin.whatif.form import DraftForm
from refunds.admin.whatif.page import changes_of, results
from refunds.models import PolicyReplay
from refunds.whatif.asking import PERMISSION, ask, call_off
from refunds.whatif.running import WAITING, key_of

NAME = "refunds_policyreplay"


@admin.register(PolicyReplay)
class PolicyReplayAdmin(DeskAdmin):
    """Replays of a store's past cases: kept, so that they can be compared."""

    row_template = "refunds/whatif/replay.html"
    list_display = ("title", "store", "pill", "since", "until", "made_by", "made_at")
    list_filter: ClassVar = [("store", ScopedRelatedFilter), "state"]
    search_fields = ("^title",)
    list_before_template = "refunds/whatif/list_link.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whether the person may ask at all."""
        return self.holds(request, "add")

    @display(description=gettext_lazy("state"), ordering="state")
    def pill(self, replay: PolicyReplay) -> Any:
        """How far it is."""
        return state_pill(replay)

    def get_urls(self) -> list[Any]:
        """Progress and the way to call it off, before Django's own."""
        wrap = self.admin_site.admin_view
        return [
            path(
                "<int:pk>/progress/", wrap(never_cache(self.progress_view)), name=f"{NAME}_progress"
            ),
            path("<int:pk>/cancel/", wrap(self.cancel_view), name=f"{NAME}_cancel"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list, with the way to ask for those who may."""
        more = {"may_ask": self.has_add_permission(request)}
        return super().changelist_view(request, {**more, **(extra_context or {})})

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Ask: GET shows what is in force, to be changed; POST keeps the question."""
        if not self.has_add_permission(request):
            raise NotAllowed
        if request.method not in ("GET", "HEAD", "POST"):
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
        stores = Store.objects.within(request.user, PERMISSION).order_by("name")
        store = self._store(request, stores)
        form = DraftForm(request.POST or None, store=store)
        if request.method == "POST" and form.is_valid():
            try:
                replay = self._ask(request, store, form)
            except BackofficeError as refusal:
                form.add_error(None, str(refusal))
            else:
                return redirect(f"admin:{NAME}_change", replay.pk)
        context = {"form": form, "store": store, "stores": stores}
        status = 200 if request.method != "POST" else 400
        return self.page(request, "refunds/whatif/ask.html", _("What if?"), context, status)

    def _store(self, request: HttpRequest, stores: Any) -> Store:
        wanted = request.POST.get("store") or request.GET.get("store") or ""
        store = row_of(stores, wanted) if wanted else stores.first()
        if store is None:
            raise NotFound
        return store

    def _ask(self, request: HttpRequest, store: Store, form: DraftForm) -> PolicyReplay:
        data = form.cleaned_data
        return ask(
            store_id=store.pk,
            since=data["since"],
            until=data["until"],
            title=data["title"],
            changes=form.changes(),
            actor=actor_of(request),
        )

    def row_context(self, request: HttpRequest, row: PolicyReplay) -> dict[str, Any]:
        """The question, and its answer once there is one."""
        others = PolicyReplay.objects.visible_to(request.user).filter(
            store=row.store_id, state=PolicyReplay.State.DONE
        )
        other = row_of(others, request.GET.get("with", ""))
        done = row.state == PolicyReplay.State.DONE
        return {
            "replay": row,
            "waiting": row.state in WAITING,
            "progress": progress_of(key_of(row)),
            "may_cancel": row.state in WAITING and request.user.has_perm(PERMISSION, row),
            "failure": _(row.failure) if row.failure else "",
            "changes": changes_of(row),
            "other": other,
            "other_changes": changes_of(other) if other else [],
            "others": others.exclude(pk=row.pk)[:50] if done else [],
            **(results(row, other) if done else {}),
        }

    def progress_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """How far it is, for the page's script."""
        replay = self.require(request, str(pk))
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        progress = progress_of(key_of(replay))
        state = replay.get_state_display()
        return JsonResponse(progress.told(state, finished=replay.state not in WAITING))

    def cancel_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Call it off (POST)."""
        replay = self.require(request, str(pk))
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not request.user.has_perm(PERMISSION, replay):
            raise NotAllowed
        try:
            call_off(replay_id=replay.pk, actor=actor_of(request))
        except BackofficeError as refusal:
            messages.error(request, str(refusal))
        return redirect(reverse(f"admin:{NAME}_change", args=[replay.pk]))
