"""Forms and their questions: changed while a draft, published, then replaced by a new version."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.actors import person
from backoffice.admin.display import pill
from backoffice.admin.guarded import EditableAdmin, GuardedInline, ReasonForm
from backoffice.exceptions import BackofficeError, NotAllowed
from merchants.form_fields import QuestionForm
from merchants.form_templates import CHANGE, new_version, publish_template
from merchants.models import FormTemplate, Question
from merchants.questions import options, shown, weight_problem

DRAFT = FormTemplate.State.DRAFT


class TemplateForm(ReasonForm):
    """A form's names. A code is used once; what comes later is a version."""

    def clean_code(self) -> str:
        """A code that no form has yet."""
        code = self.cleaned_data["code"]
        if FormTemplate.objects.filter(code=code).exclude(pk=self.instance.pk).exists():
            self.add_error("code", _("This form exists. Make a new version of it instead."))
        return code


class QuestionFormSet(forms.BaseInlineFormSet):
    """The questions of a draft; together they never weigh more than 100."""

    def total(self) -> int:
        """What the asked questions weigh."""
        rows = (form.cleaned_data for form in self.forms if getattr(form, "cleaned_data", None))
        return sum(row.get("weight") or 0 for row in rows if row.get("active"))

    def clean(self) -> None:
        """Refuse more than 100; less is a draft that is not finished."""
        super().clean()
        if not any(self.errors) and self.total() > 100:
            raise forms.ValidationError(weight_problem(self.total()))


class QuestionInline(GuardedInline):
    """The questions, editable while the form is a draft."""

    model = Question
    form = QuestionForm
    formset = QuestionFormSet
    template = "admin/edit_inline/stacked.html"
    ordering = ("position",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("position", "kind"),
                    ("weight", "active"),
                    "text",
                    "text_zh",
                    "choices",
                    "critical_answer",
                )
            },
        ),
    )

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Drafts get questions, from whoever may change forms."""
        return request.user.has_perm(CHANGE) and (obj is None or obj.state == DRAFT)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Drafts' questions change."""
        return self.has_add_permission(request, obj)

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        """Empty forms to add questions with, also where scripts are off."""
        return 1 if obj else 3


@admin.register(FormTemplate)
class FormTemplateAdmin(EditableAdmin):
    """Forms that suppliers are assessed with."""

    form = TemplateForm
    list_display = ("shown_title", "code", "version", "state_pill")
    list_filter = ("state",)
    search_fields = ("title", "title_zh", "code")
    inlines = (QuestionInline,)
    fieldsets = ((None, {"fields": ("code", "title", "title_zh", "change_reason")}),)
    change_form_outer_before_template = "merchants/form_template_head.html"

    @admin.display(description=gettext_lazy("title"), ordering="title")
    def shown_title(self, row: FormTemplate) -> str:
        """The title in the reader's language."""
        return row.label

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def state_pill(self, row: FormTemplate) -> str:
        """How far the version is."""
        return pill(row.state, row.get_state_display())

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Drafts only: a published version never changes."""
        return super().has_change_permission(request, obj) and (obj is None or obj.state == DRAFT)

    def get_inlines(self, request: HttpRequest, obj: Any = None) -> tuple[Any, ...]:
        """Fields where questions can be changed; elsewhere the page's head lists them."""
        editable = self.has_change_permission(request, obj) if obj else True
        return self.inlines if editable else ()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """The code joins the versions, so it stays."""
        return ("code",) if obj else ()

    def get_urls(self) -> list[Any]:
        """The usual pages, and the two steps of a form's life."""
        own = [
            path(
                f"<int:pk>/{name}/",
                self.admin_site.admin_view(view),
                name=f"merchants_formtemplate_{name.replace('-', '_')}",
            )
            for name, view in (("publish", self.publish_view), ("new-version", self.version_view))
        ]
        return [*own, *super().get_urls()]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The form's page, with what it weighs and the steps it may take."""
        row = self.get_object(request, object_id) if object_id else None
        context = {"steps": _steps(request, row) if row else {}, **(extra_context or {})}
        return super().changeform_view(request, object_id, form_url, context)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the questions, and say what they weigh when that is not 100 yet."""
        super().save_related(request, form, formsets, change)
        total = _weight(form.instance)
        if total != 100:
            messages.warning(request, weight_problem(total))

    def publish_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Publish a draft (POST)."""
        return self._step(request, pk, publish_template, _("The form is published."))

    def version_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Copy a form into a new draft (POST)."""
        return self._step(request, pk, new_version, _("This is the new draft."))

    def _step(self, request: HttpRequest, pk: int, service: Any, done: str) -> HttpResponse:
        self.require(request, str(pk))
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            row = service(template_id=pk, actor=person(request.user))
        except NotAllowed:
            raise
        except BackofficeError as refusal:
            messages.error(request, str(refusal))
            return redirect("admin:merchants_formtemplate_change", pk)
        messages.success(request, done)
        return redirect("admin:merchants_formtemplate_change", row.pk)


def _steps(request: HttpRequest, row: FormTemplate) -> dict[str, Any]:
    """What the page's head shows: the weight, and the steps for those who may take them."""
    may = request.user.has_perm(CHANGE, row)
    drafts = FormTemplate.objects.filter(code=row.code, state=DRAFT).exists()
    return {
        "row": row,
        "total": _weight(row),
        "publish": may and row.state == DRAFT,
        "new_version": may and not drafts,
        "lines": [] if may and row.state == DRAFT else _lines(row),
    }


def _lines(row: FormTemplate) -> list[dict[str, Any]]:
    """The questions as people read them: possible answers with their points."""
    asked = row.questions.filter(active=True).order_by("position")
    return [
        {
            "question": question,
            "options": options(question) if question.kind == Question.Kind.CHOICE else [],
            "critical": shown(question, question.critical_answer),
        }
        for question in asked
    ]


def _weight(row: FormTemplate) -> int:
    return sum(row.questions.filter(active=True).values_list("weight", flat=True))
