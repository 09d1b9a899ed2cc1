"""“For you”: what a person was told about cases, and the way there."""

from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _

from backoffice.admin.guarded import GuardedAdmin
from backoffice.exceptions import NotFound
from refunds import notices
from refunds.models import Notice


@admin.register(Notice)
class NoticeAdmin(GuardedAdmin):
    """A person's own notices: a list, and two things to do with them. Nobody reads another's."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever sees cases can be told about them."""
        mine = obj is None or obj.recipient_id == request.user.pk
        return mine and request.user.has_perm(notices.SEE)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """What is new first, a page at a time."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        if not self.has_view_permission(request):
            raise Http404
        pages = Paginator(notices.of(request.user), self.list_per_page)
        page = pages.get_page(request.GET.get("p"))
        context = {"notices": page, "new": notices.unseen(request.user).count()}
        return self.page(request, "refunds/notices.html", _("For you"), context)

    def object_page(self, request: HttpRequest, obj: Notice) -> HttpResponse:
        """A notice has no page: opening it leads to its case."""
        raise Http404

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """A notice has no history: what it tells of has."""
        raise Http404

    def open_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Note that the notice was seen, and go to its case (POST)."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        mine = notices.of(request.user).filter(pk=pk)
        case_id = mine.values_list("case", flat=True).first()
        if case_id is None:
            raise NotFound
        notices.see(mine)
        return redirect("admin:refunds_refundcase_change", case_id)

    def seen_view(self, request: HttpRequest) -> HttpResponse:
        """Note that all of them were seen (POST)."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        notices.see(notices.unseen(request.user))
        return redirect("admin:refunds_notice_changelist")

    def get_urls(self) -> list[Any]:
        """The list, what can be done with it, and nothing to add."""
        wrap = self.admin_site.admin_view
        return [
            path("seen/", wrap(self.seen_view), name="refunds_notice_seen"),
            path("<int:pk>/open/", wrap(self.open_view), name="refunds_notice_open"),
            *super().get_urls(),
        ]
