"""“Search history”: one page that answers who changed what, where and when; and its results as a file."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, QueryDict
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from import_export.formats.base_formats import Format

from backoffice.actors import person
from backoffice.admin.change_form import ChangeForm
from backoffice.admin.change_list import ChangeListResource, with_source
from backoffice.admin.exports import GuardedExport
from backoffice.admin.guarded import GuardedAdmin
from backoffice.admin.unusual import UnusualMixin
from backoffice.audit.search import saving
from backoffice.audit.search.asking import answers
from backoffice.audit.search.cuts import Cut
from backoffice.audit.search.indexing import complete_until
from backoffice.audit.search.models import WATCH, ChangeEntry, SavedSearch
from backoffice.audit.search.paging import page
from backoffice.audit.search.proving import write_proof
from backoffice.audit.search.telling import tell
from backoffice.exceptions import BadInput, NotAllowed
from backoffice.exporting.asking import may_prove
from backoffice.exporting.models import ExportRun
from backoffice.exporting.tables import WRITERS


class Zip(Format):
    """A table with the proof of it, as the export's form calls it."""

    def get_title(self) -> str:
        """What the form offers."""
        return str(ExportRun.Format.PROOF.label)


@admin.register(ChangeEntry)
class ChangeEntryAdmin(UnusualMixin, GuardedExport, GuardedAdmin):
    """The search in history. Entries have no pages of their own: they lead to the rows' histories."""

    resource_classes = (ChangeListResource,)
    writers: ClassVar[dict[str, Any]] = {**WRITERS, ExportRun.Format.PROOF: write_proof}

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The question, and a page of its answer."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        if not self.has_view_permission(request):
            raise NotAllowed
        form = ChangeForm(request.GET, request=request)
        good = form.is_valid()
        found = page(request.user, form.question(), form.cleaned_data["after"]) if good else None
        context = {
            "form": form,
            "told": tell(found.entries, request.user) if found else [],
            "older": _with_cut(request.GET, found.older) if found and found.older else "",
            "looked_to": found.looked_to if found else None,
            "is_first": not request.GET.get("after"),
            "asked": asked(request.GET),
            "complete_until": complete_until(),
            "saved": SavedSearch.objects.visible_to(request.user).select_related("owner"),
            "may_watch": request.user.has_perm(WATCH),
            "may_export": good and self.has_export_permission(request),
        }
        status = 200 if good else 400
        return self.page(request, "backoffice/changes/search.html", _("Search history"), context, status)  # fmt: skip

    def formats_for(self, request: HttpRequest) -> list[Any]:
        """With proof too, for those who may take one."""
        formats = super().formats_for(request)
        return (
            [*formats, Zip] if may_prove(request.user, ChangeEntry._meta.label_lower) else formats
        )

    def get_export_queryset(self, request: HttpRequest) -> QuerySet:
        """All that the question finds; raises ``BadInput`` for one that cannot be asked."""
        form = ChangeForm(request.GET, request=request)
        if not form.is_valid():
            raise BadInput(_("This search cannot be answered. Mend its filters first."))
        return with_source(answers(request.user, form.question()))

    def object_page(self, request: HttpRequest, obj: ChangeEntry) -> HttpResponse:
        """An entry has no page: the row's history has the whole of it."""
        raise Http404

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """An entry has no history: it is drawn from one."""
        raise Http404

    def keep_view(self, request: HttpRequest) -> HttpResponse:
        """Keep the question that the address asks, under a name (POST)."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        query = asked(QueryDict(request.POST.get("query", "")))
        try:
            saving.keep(
                name=request.POST.get("name", ""),
                query=query,
                shared=bool(request.POST.get("shared")),
                actor=person(request.user),
            )
            messages.success(request, _("The search is kept."))
        except BadInput as refusal:
            messages.error(request, str(refusal))
        return redirect(f"{self.address()}?{query}")

    def give_up_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Let go of one's own search (POST)."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        saving.give_up(pk=pk, actor=person(request.user))
        messages.success(request, _("The search was given up."))
        return redirect(self.address())

    def address(self) -> str:
        """Where the search is."""
        return reverse("admin:backoffice_changeentry_changelist")

    def get_urls(self) -> list[Any]:
        """What is done with searches, before Django's own pages."""
        wrap, name = self.admin_site.admin_view, "backoffice_changeentry"
        return [
            path("keep/", wrap(self.keep_view), name=f"{name}_keep"),
            path("kept/<int:pk>/give-up/", wrap(self.give_up_view), name=f"{name}_give_up"),
            *super().get_urls(),
        ]


def asked(query: QueryDict) -> str:
    """What the address asks, without what is empty and where a page ended."""
    names = (name for name in ChangeForm.base_fields if name != "after")
    return urlencode({name: str(query[name]) for name in names if query.get(name)})


def _with_cut(query: QueryDict, cut: Cut) -> str:
    return f"{asked(query)}&{urlencode({'after': str(cut)})}".lstrip("&")
