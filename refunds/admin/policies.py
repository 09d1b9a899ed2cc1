"""Policies: read by everybody, changed by the platform – a new version, or the end of a scope."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from backoffice import clock
from backoffice.actors import person
from backoffice.admin.display import pill
from backoffice.admin.guarded import GuardedAdmin, ScopedRelatedFilter
from backoffice.exceptions import BackofficeError, NotAllowed
from refunds.admin import policy_page
from refunds.admin.policy_forms import EndForm, ScopeForm, TermsForm
from refunds.models import Kind, RefundPolicy
from refunds.policies import Scope, Terms, best, end_scope, new_version
from refunds.policies.checks import PolicyRefused
from refunds.policies.scopes import narrowing
from refunds.policies.terms import differences
from refunds.policies.versions import ADD, checked

READ, WRITE = ("GET", "HEAD"), ("GET", "HEAD", "POST")


class StandingFilter(admin.SimpleListFilter):
    """In force, planned or past."""

    title = pgettext_lazy("filter of policies", "validity")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        """The three."""
        return list(policy_page.STANDING.items())

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """The chosen ones."""
        now = clock.now()
        if self.value() == "now":
            return queryset.standing(now)
        if self.value() == "planned":
            return queryset.filter(valid_from__gt=now)
        return queryset.filter(valid_until__lte=now) if self.value() == "past" else queryset


@admin.register(RefundPolicy)
class RefundPolicyAdmin(GuardedAdmin):
    """Policies. A version is never changed: cases stand on it."""

    list_display = (
        "kind",
        "shown_stage",
        "narrowed",
        "version",
        "standing",
        "review_hours",
        "at_deadline",
        "valid_from",
    )
    list_filter: ClassVar = [StandingFilter, "kind", "stage", ("store", ScopedRelatedFilter)]
    list_display_links = ("kind", "shown_stage")

    @admin.display(description=gettext_lazy("stage"), ordering="stage")
    def shown_stage(self, row: RefundPolicy) -> str:
        """The stage, or any."""
        return row.get_stage_display() or _("any stage")

    @admin.display(description=pgettext_lazy("which cases a policy is for", "for"))
    def narrowed(self, row: RefundPolicy) -> str:
        """What the scope names beside kind and stage."""
        return narrowing(row, row.store, row.reason) or _("all stores")

    @admin.display(description=pgettext_lazy("filter of policies", "validity"))
    def standing(self, row: RefundPolicy) -> str:
        """In force, planned or past."""
        state = policy_page.standing(row, clock.now())
        return pill(policy_page.PILLS[state].removeprefix("is-"), policy_page.STANDING[state])

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whether the person may write policies."""
        return self.holds(request, "add")

    def get_urls(self) -> list[Any]:
        """The usual pages, and the two ways to change a policy."""
        own = [
            path(
                f"<int:pk>/{name}/",
                self.admin_site.admin_view(view),
                name=f"refunds_refundpolicy_{name.replace('-', '_')}",
            )
            for name, view in (("new-version", self.version_view), ("end", self.end_view))
        ]
        return [*own, *super().get_urls()]

    def object_page(self, request: HttpRequest, obj: RefundPolicy) -> HttpResponse:
        """What the version says, and its scope's versions."""
        context = policy_page.context(request, obj, may_write=self._may(request, obj))
        return self.page(request, "refunds/policy.html", context["scope"], context)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """A policy for a scope that has none: prefilled from the one that the person came from."""
        if not self.has_add_permission(request):
            raise NotAllowed
        if request.method not in WRITE:
            return HttpResponseNotAllowed(WRITE)
        terms, where = self._pattern(request)
        form = ScopeForm(request.POST or None, terms=terms, initial=where, user=request.user)
        return self._change(request, form, None)

    def version_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The next version of a scope: prefilled, its difference shown, then written."""
        policy = self._writable(request, pk)
        if request.method not in WRITE:
            return HttpResponseNotAllowed(WRITE)
        last = Scope.of(policy).versions().latest("valid_from")
        form = TermsForm(request.POST or None, terms=Terms.of(last), initial={"seen": last.pk})
        return self._change(request, form, last)

    def end_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The end of a narrow scope."""
        policy = self._writable(request, pk)
        if request.method not in WRITE:
            return HttpResponseNotAllowed(WRITE)
        last = Scope.of(policy).versions().latest("valid_from")
        form = EndForm(request.POST or None, initial={"seen": last.pk})
        if request.method == "POST" and form.is_valid():
            data = form.cleaned_data
            try:
                end_scope(
                    policy_id=last.pk,
                    actor=person(request.user),
                    reason=data["change_reason"],
                    end=data["end"],
                    seen=data["seen"],
                )
            except BackofficeError as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, _("The policy has an end; other policies rule after it."))
                return redirect("admin:refunds_refundpolicy_change", last.pk)
        return self._form_page(request, "refunds/policy_end.html", _("End this policy"), form, last)

    def _change(
        self, request: HttpRequest, form: TermsForm, last: RefundPolicy | None
    ) -> HttpResponse:
        """The form, then the difference, then – confirmed – the version."""
        title = _("New version") if last else _("New policy")
        if request.method == "POST" and form.is_valid() and "again" not in request.POST:
            scope = Scope.of(last) if last else form.scope()  # type: ignore[attr-defined]
            try:
                if "confirm" in request.POST:
                    return self._write(request, form, scope)
                return self._preview(request, form, scope, title)
            except BackofficeError as refusal:
                form.add_error(None, str(refusal))
        return self._form_page(request, "refunds/policy_form.html", title, form, last)

    def _write(self, request: HttpRequest, form: TermsForm, scope: Scope) -> HttpResponse:
        policy = new_version(
            scope=scope,
            terms=form.terms(),
            actor=person(request.user),
            reason=form.cleaned_data["change_reason"],
            start=form.begin,
            seen=form.cleaned_data["seen"] or 0,
        )
        messages.success(request, _("The policy is written. Open cases keep theirs."))
        return redirect("admin:refunds_refundpolicy_change", policy.pk)

    def _preview(
        self, request: HttpRequest, form: TermsForm, scope: Scope, title: str
    ) -> HttpResponse:
        """What would be different, and from when on; nothing is written yet."""
        last = scope.versions().last()
        if last and isinstance(form, ScopeForm):
            raise PolicyRefused(
                _("There is a policy for exactly these cases. Make a new version of it instead.")
            )
        begin = checked(scope, form.terms(), form.begin, last)
        before = last or best(scope.standing_in(scope.stage).standing(begin))
        changes = list(differences(Terms.of(before), form.terms())) if before else []
        context = {
            "form": form,
            "scope": scope.describe(),
            "begin": form.begin,
            "last": last,
            "before": before,
            "changes": changes,
            "said": [] if before else list(policy_page.said(form.terms())),
        }
        return self.page(request, "refunds/policy_preview.html", title, context)

    def _form_page(
        self, request: HttpRequest, template: str, title: str, form: Any, last: Any
    ) -> HttpResponse:
        context = {"form": form, "policy": last, "scope": last and Scope.of(last).describe()}
        status = 400 if form.errors else 200
        return self.page(request, template, title, context, status)

    def _writable(self, request: HttpRequest, pk: int) -> RefundPolicy:
        policy: RefundPolicy = self.require(request, str(pk))
        if not self._may(request, policy):
            raise NotAllowed
        return policy

    def _may(self, request: HttpRequest, policy: RefundPolicy) -> bool:
        return bool(request.user.has_perm(ADD, policy))

    def _pattern(self, request: HttpRequest) -> tuple[Terms, dict[str, Any]]:
        """The terms and scope of the policy that ``?from=`` names, where the person may see it."""
        wanted = request.GET.get("from", "")
        rows = RefundPolicy.objects.visible_to(request.user)
        policy = rows.filter(pk=wanted).first() if wanted.isdecimal() and len(wanted) < 19 else None
        if policy is None:
            common = rows.filter(kind=Kind.REFUND_ONLY, store=None, channel="", reason=None)
            policy = common.filter(category="").standing(clock.now()).first()
        if policy is None:
            return Terms({}), {}
        where = {name: getattr(policy, name) for name in Scope.of(policy).values}
        return Terms.of(policy), {
            **{k.removesuffix("_id"): v for k, v in where.items()},
            "seen": 0,
        }
