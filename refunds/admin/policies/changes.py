"""The pages on which policies change: a new scope, a new version, the end of a scope."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from backoffice import clock
from backoffice.actors import person
from backoffice.admin.guarded import GuardedAdmin
from backoffice.exceptions import BackofficeError, NotAllowed
from backoffice.row_numbers import row_of
from refunds.admin.policies import page
from refunds.admin.policies.forms import EndForm, ScopeForm, TermsForm
from refunds.models import Kind, RefundPolicy
from refunds.policies import Scope, Terms, best, end_scope, new_version
from refunds.policies.checks import PolicyRefused
from refunds.policies.following import checked
from refunds.policies.terms import differences
from refunds.policies.versions import ADD

WRITE = ("GET", "HEAD", "POST")


class PolicyChangesAdmin(GuardedAdmin):
    """The views behind “New version”, “A policy for fewer cases” and “End this policy”."""

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
            scope = Scope.of(last) if last else form.scope()  # type: ignore[attr-defined]  # a new policy has the form with the scope
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
            "said": [] if before else list(page.said(form.terms())),
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
        if not self.may_write(request, policy):
            raise NotAllowed
        return policy

    def may_write(self, request: HttpRequest, policy: RefundPolicy) -> bool:
        """Whether the person may change this policy's scope."""
        return bool(request.user.has_perm(ADD, policy))

    def _pattern(self, request: HttpRequest) -> tuple[Terms, dict[str, Any]]:
        """The terms and scope of the policy that ``?from=`` names, where the person may see it."""
        rows = RefundPolicy.objects.visible_to(request.user)
        policy = row_of(rows, request.GET.get("from", ""))
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
