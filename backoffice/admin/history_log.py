"""“Verifications of history”: how the log stands, what was verified, what was found, and the alarms of it."""

from typing import Any, ClassVar, cast

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.cache import never_cache
from unfold.decorators import display

from backoffice.actors import person
from backoffice.admin.display import pill
from backoffice.admin.findings import told
from backoffice.admin.guarded import GuardedAdmin
from backoffice.audit.log.alarms import FAR
from backoffice.audit.log.models import LogAlarm, Verification
from backoffice.audit.log.running import PERMISSION, ask, key_of
from backoffice.audit.log.standing import state_of_log
from backoffice.bulk.progress import progress_of
from backoffice.models import User

NAME = "backoffice_verification"
TONES = {
    Verification.State.HOLDS: "ok",
    Verification.State.BROKEN: "error",
    Verification.State.UNCLEAR: "warning",
    Verification.State.FAILED: "failed",
}


@admin.register(Verification)
class VerificationAdmin(GuardedAdmin):
    """What was verified, by whose wish; above it how the log stands."""

    list_display = ("asked_at", "state_pill", "scope", "leaves", "found", "asked_by")
    list_display_links = ("asked_at",)
    list_filter: ClassVar = ["state"]
    list_select_related = ("asked_by",)
    list_before_template = "backoffice/log/state.html"
    list_fullwidth = True

    @display(description=gettext_lazy("state"), ordering="state")
    def state_pill(self, run: Verification) -> SafeString:
        """How it ended, as a word in a colour."""
        return pill(TONES.get(Verification.State(run.state), run.state), run.get_state_display())

    @display(description=gettext_lazy("scope"), ordering="since")
    def scope(self, run: Verification) -> str:
        """How much of history was looked at."""
        if not run.since:
            return _("everything")
        return _("since row %(number)s") % {"number": run.since}

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list, under how the log stands."""
        more = {"log": state_of_log(), "may_verify": request.user.has_perm(PERMISSION)}
        return super().changelist_view(request, {**more, **(extra_context or {})})

    def object_page(self, request: HttpRequest, obj: Verification) -> HttpResponse:
        """One verification: how far it is, or what it found."""
        context = {
            "run": obj,
            "waiting": obj.state in Verification.WAITING,
            "tone": TONES.get(Verification.State(obj.state), obj.state),
            "message": _(obj.message) if obj.message else "",
            "scope": self.scope(obj),
            "findings": told(obj.findings),
            "hidden": obj.found - len(obj.findings),
            "progress": progress_of(key_of(obj)),
            "urls": {
                "progress": reverse(f"admin:{NAME}_progress", args=[obj.pk]),
                "history": reverse(f"admin:{NAME}_history", args=[obj.pk]),
                "list": reverse(f"admin:{NAME}_changelist"),
            },
        }
        return self.page(request, "backoffice/log/verification.html", str(obj), context)

    def get_urls(self) -> list[Any]:
        """Asking, and how far it is, before Django's own pages."""
        wrap = self.admin_site.admin_view
        return [
            path("ask/", wrap(self.ask_view), name=f"{NAME}_ask"),
            path(
                "<int:pk>/progress/", wrap(never_cache(self.progress_view)), name=f"{NAME}_progress"
            ),
            *super().get_urls(),
        ]

    def ask_view(self, request: HttpRequest) -> HttpResponse:
        """Have history verified in the background (POST)."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        only_new = request.POST.get("scope") == "new"
        run = ask(actor=person(cast(User, request.user)), only_new=only_new)
        messages.success(request, _("History is being verified."))
        return redirect(reverse(f"admin:{NAME}_change", args=[run.pk]))

    def progress_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """How far it is, for the page's script."""
        run = self.require(request, str(pk))
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        progress = progress_of(key_of(run))
        finished = run.state not in Verification.WAITING
        return JsonResponse(progress.told(run.get_state_display(), finished=finished))


@admin.register(LogAlarm)
class LogAlarmAdmin(GuardedAdmin):
    """Alarms about history: what stands, and what is over."""

    list_display = ("told", "state_pill", "found_at", "gone_at")
    list_display_links = ("told",)
    list_filter: ClassVar = ["kind"]
    list_fullwidth = True

    @display(description=gettext_lazy("alarm"))
    def told(self, alarm: LogAlarm) -> str:
        """The alarm as a sentence."""
        return str(alarm)

    @display(description=gettext_lazy("state"))
    def state_pill(self, alarm: LogAlarm) -> SafeString:
        """Whether it stands."""
        if alarm.gone_at is None:
            return pill("error", pgettext("alarm", "stands"))
        return pill("ok", pgettext("alarm", "over"))

    def object_page(self, request: HttpRequest, obj: LogAlarm) -> HttpResponse:
        """One alarm: what it tells of, and where to look."""
        is_found = obj.kind in FAR
        context = {
            "alarm": obj,
            "state": self.state_pill(obj),
            "urls": {
                "cause": reverse(f"admin:{NAME}_change", args=[obj.about])
                if is_found
                else reverse(f"admin:{NAME}_changelist"),
                "history": reverse("admin:backoffice_logalarm_history", args=[obj.pk]),
                "list": reverse("admin:backoffice_logalarm_changelist"),
            },
        }
        return self.page(request, "backoffice/log/alarm.html", str(obj), context)
