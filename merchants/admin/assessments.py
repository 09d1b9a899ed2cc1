"""Assessments: the list and the ranking, and the pages to start, fill in, review and publish."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.actors import person
from backoffice.admin.display import pill
from backoffice.admin.guarded import GuardedAdmin, ScopedRelatedFilter
from backoffice.audit.timeline import Entry, timeline, versions_of
from backoffice.exceptions import BackofficeError, NotFound
from merchants import assessments
from merchants.admin.steps import STEPS, details_of, open_steps
from merchants.assessments import FILL, Given, State, Unanswered, revision
from merchants.forms import AnswersForm, StartForm
from merchants.models import Assessment
from merchants.questions import shown
from merchants.ranking import ranking
from merchants.scoring import explained


class PeriodFilter(admin.SimpleListFilter):
    """By quarter: only quarters of assessments that the person may see."""

    title = gettext_lazy("period")
    parameter_name = "period"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The quarters, latest first."""
        rows = model_admin.get_queryset(request).order_by("-period")
        return [(period, period) for period in rows.values_list("period", flat=True).distinct()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """The rows of the chosen quarter."""
        return queryset.filter(period=self.value()) if self.value() else queryset


@admin.register(Assessment)
class AssessmentAdmin(GuardedAdmin):
    """Assessments of suppliers. Nothing is edited here but through the steps of an assessment."""

    list_display = (
        "supplier",
        "merchant",
        "period",
        "template",
        "score",
        "grade_pill",
        "state_pill",
    )
    list_filter = (PeriodFilter, "state", "grade", ("supplier", ScopedRelatedFilter))
    list_select_related = ("supplier__merchant", "template")
    search_fields = ("supplier__name", "supplier__code")
    list_before_template = "merchants/assessment_links.html"

    class Media:
        css: ClassVar = {"all": ["merchants/merchants.css"]}

    @admin.display(description=gettext_lazy("merchant"), ordering="supplier__merchant")
    def merchant(self, row: Assessment) -> str:
        """Whose supplier it is."""
        return str(row.supplier.merchant)

    @admin.display(description=gettext_lazy("grade"), ordering="grade")
    def grade_pill(self, row: Assessment) -> str:
        """The grade, once there is one."""
        return pill(row.grade, row.get_grade_display()) if row.grade else "–"

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def state_pill(self, row: Assessment) -> str:
        """How far the assessment is."""
        return pill(row.state, row.get_state_display())

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whether the person may assess any supplier."""
        return request.user.has_perm(FILL)

    def get_urls(self) -> list[Any]:
        """The usual pages, and those of the steps."""
        wrap = self.admin_site.admin_view
        return [
            path("ranking/", wrap(self.ranking_view), name="merchants_assessment_ranking"),
            path("<int:pk>/fill/", wrap(self.fill_view), name="merchants_assessment_fill"),
            path(
                "<int:pk>/step/<slug:name>/", wrap(self.step_view), name="merchants_assessment_step"
            ),
            *super().get_urls(),
        ]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The start of a new assessment."""
        return self.start_view(request)

    def object_page(self, request: HttpRequest, obj: Assessment) -> HttpResponse:
        """The page of one: answers, points, grade and why."""
        return self._page(request, obj)

    def history_of(self, obj: Assessment) -> list[Entry]:
        """The assessment's versions together with those of each answer."""
        return timeline([obj, *obj.answers.all()])

    def start_view(self, request: HttpRequest) -> HttpResponse:
        """Choose a supplier, a form and a quarter."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        initial = {"supplier": request.GET.get("supplier")}
        form = StartForm(request.POST or None, user=request.user, initial=initial)
        if request.method == "POST" and form.is_valid():
            try:
                row = assessments.start(
                    supplier_id=form.cleaned_data["supplier"].pk,
                    template_id=form.cleaned_data["template"].pk,
                    period=form.cleaned_data["period"],
                    actor=person(request.user),
                )
                return redirect("admin:merchants_assessment_fill", row.pk)
            except BackofficeError as refusal:
                form.add_error(None, str(refusal))
        return self._render(request, "start", title=_("New assessment"), form=form)

    def fill_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Fill in a draft: save it, or save and submit it."""
        row = self.require(request, str(pk))
        if not request.user.has_perm(FILL, row):
            raise PermissionDenied
        if row.state != State.DRAFT:
            messages.error(request, _("This assessment was submitted: its answers are fixed."))
            return redirect("admin:merchants_assessment_change", pk)
        form = AnswersForm(
            request.POST if request.method == "POST" else None,
            questions=assessments.questions_of(row),
            answers=_kept(row),
        )
        if request.method == "POST" and form.is_valid():
            done = self._save(request, row, form)
            if done:
                return done
        return self._fill_page(request, row, form)

    def _save(
        self, request: HttpRequest, row: Assessment, form: AnswersForm
    ) -> HttpResponse | None:
        """Save, and submit when asked; ``None`` when the form has something to say."""
        actor = person(request.user)
        try:
            assessments.save_answers(
                assessment_id=row.pk, answers=form.given(), actor=actor, seen=_seen(request)
            )
            if "submit" not in request.POST:
                messages.success(request, _("The draft is saved."))
                return redirect("admin:merchants_assessment_fill", row.pk)
            assessments.submit(assessment_id=row.pk, actor=actor)
        except Unanswered as refusal:
            form.refuse(refusal.questions)
            return None
        except NotFound:
            raise
        except BackofficeError as refusal:
            form.add_error(None, str(refusal))
            return None
        messages.success(request, _("Submitted. Another person reviews it now."))
        return redirect("admin:merchants_assessment_change", row.pk)

    def step_view(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        """Take a step (POST); the service decides whether it is allowed."""
        row = self.require(request, str(pk))
        if name not in STEPS:
            raise Http404
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        step = STEPS[name]
        try:
            step.run(
                assessment_id=row.pk,
                actor=person(request.user),
                seen=_seen(request),
                **details_of(step, request.POST),
            )
        except NotFound:
            raise
        except BackofficeError as refusal:
            return self._page(request, self.require(request, str(pk)), refusal)
        messages.success(request, _("%(done)s.") % {"done": step.past})
        return redirect("admin:merchants_assessment_change", pk)

    def ranking_view(self, request: HttpRequest) -> HttpResponse:
        """Per merchant, the suppliers from the best latest score down."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        places = ranking(request.user)
        return self._render(request, "ranking", title=_("Supplier ranking"), ranking=places)

    def _fill_page(self, request: HttpRequest, row: Assessment, form: AnswersForm) -> HttpResponse:
        scored = [question for question in form.questions if question.kind != "text"]
        kept = _kept(row)
        context = {
            "row": row,
            "form": form,
            "seen": request.POST.get("seen") if _is_stale(form, request) else revision(row),
            "scored": len(scored),
            "answered": sum(bool(kept.get(question.pk, Given()).value) for question in scored),
        }
        return self._render(
            request, "fill", title=str(row), status=400 if form.errors else 200, **context
        )

    def _page(
        self, request: HttpRequest, row: Assessment, refusal: BackofficeError | None = None
    ) -> HttpResponse:
        context = {
            "row": row,
            "lines": list(_lines(row)),
            "why": explained(row, assessments.answers_of(row)),
            "steps": open_steps(request.user, row),
            "may_fill": row.state == State.DRAFT and request.user.has_perm(FILL, row),
            "waits_for_another": _waits(request, row),
            "seen": revision(row),
            "refusal": refusal,
            "entries": versions_of(row),
        }
        status = refusal.status if refusal else 200
        return self._render(request, "assessment", title=str(row), status=status, **context)

    def _render(
        self, request: HttpRequest, name: str, *, status: int = 200, **context: Any
    ) -> HttpResponse:
        known = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, f"merchants/{name}.html", known, status=status)


def _seen(request: HttpRequest) -> int:
    """Which revision the page showed; 0, which is never current, where it does not say."""
    text = request.POST.get("seen", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0


def _is_stale(form: AnswersForm, request: HttpRequest) -> bool:
    return bool(form.non_field_errors()) and request.method == "POST"


def _kept(row: Assessment) -> dict[int, Given]:
    return {answer.question_id: Given(answer.value, answer.note) for answer in row.answers.all()}


def _waits(request: HttpRequest, row: Assessment) -> bool:
    """Whether the only thing in the way of a review is that this person submitted it."""
    may = request.user.has_perm(assessments.REVIEW, row)
    return may and row.state == State.SUBMITTED and row.submitted_by_id == request.user.pk


def _lines(row: Assessment) -> Iterator[dict[str, Any]]:
    """Each question with its answer and what it added to the score."""
    answers = {answer.question_id: answer for answer in row.answers.all()}
    for question in assessments.questions_of(row):
        answer = answers.get(question.pk)
        value = answer.value if answer else ""
        points = answer.points if answer else None
        yield {
            "question": question,
            "value": shown(question, value),
            "note": answer.note if answer else "",
            "points": points,
            "added": None if points is None else question.weight * points / 100,
            "critical": bool(value) and value == question.critical_answer,
        }
