"""Rules for instant approval: added, ended, replaced – never changed."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from backoffice import clock
from backoffice.actors import person
from backoffice.admin.guarded import EditableAdmin, ReasonForm, ScopedRelatedFilter
from backoffice.exceptions import BackofficeError
from backoffice.row_numbers import row_number, row_of
from refunds.admin.standing import standing_pill
from refunds.instant import writing
from refunds.models import InstantRule

LIMITS = (
    "store",
    "name",
    "name_zh",
    "kind",
    "stage",
    "most_amount",
    "not_picked",
    "photo_needed",
    "most_cases",
    "highest_risk",
)


class RuleForm(ReasonForm):
    """A new rule, maybe in place of an old one; checked as the service checks it."""

    user: Any  # set by the page

    replaces = forms.ModelChoiceField(
        queryset=InstantRule.objects.none(), required=False, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["valid_from"].required = False
        self.fields["valid_from"].help_text = _("Empty: from now on.")
        fields: dict[str, Any] = self.fields
        fields["replaces"].queryset = InstantRule.objects.visible_to(self.user)
        fields["kind"].choices = [(kind.value, kind.label) for kind in writing.KINDS]

    def clean(self) -> dict[str, Any]:
        """Refuse here what the service would refuse, in its words."""
        data = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                writing.check(InstantRule(**{name: data[name] for name in LIMITS}))
                writing.check_start(data["valid_from"])
            except BackofficeError as refusal:
                raise forms.ValidationError(str(refusal)) from refusal
        return data


class EndForm(ReasonForm):
    """When the rule ends."""

    def clean(self) -> dict[str, Any]:
        """Refuse here what the service would refuse, in its words."""
        data = super().clean() or self.cleaned_data
        end = data.get("valid_until")
        if not self.errors and end is None:
            raise forms.ValidationError(_("Write when the rule ends."))
        return data


@admin.register(InstantRule)
class InstantRuleAdmin(EditableAdmin):
    """Which requests are approved the moment that nothing is missing."""

    list_display = (
        "shown_name",
        "store",
        "stage",
        "most_amount",
        "state_pill",
        "valid_from",
        "valid_until",
    )
    list_display_links = ("shown_name",)
    list_filter: ClassVar = ["kind", "stage", ("store", ScopedRelatedFilter)]
    fields = (*LIMITS, "valid_from", "change_reason")
    change_form_outer_before_template = "refunds/instant_rule_links.html"

    @admin.display(description=_("name"), ordering="name")
    def shown_name(self, rule: InstantRule) -> str:
        """The name in the reader's language."""
        return str(rule)

    @admin.display(description=_("state"))
    def state_pill(self, rule: InstantRule) -> SafeString:
        """Whether it decides now."""
        return standing_pill(rule)

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """The form of a new rule, or the one that ends an old one."""
        base = EndForm if obj else RuleForm
        kwargs["form"] = type(base.__name__, (base,), {"user": request.user})
        return super().get_form(request, obj, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """An old rule shows its end."""
        more = ("valid_until",) if obj else ("replaces",)
        return (*LIMITS, "valid_from", *more, "change_reason")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Cases stand on a rule: only its end can still be written."""
        return (*LIMITS, "valid_from") if obj else ()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A rule that has ended stays as it is."""
        ended = obj is not None and obj.valid_until is not None and obj.valid_until <= clock.now()
        return not ended and super().has_change_permission(request, obj)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A rule that takes another's place begins with the other's limits."""
        old = self._replaced(request)
        if old is None:
            return super().get_changeform_initial_data(request)
        return {**{name: getattr(old, name) for name in LIMITS}, "replaces": old.pk}

    def _replaced(self, request: HttpRequest) -> InstantRule | None:
        return row_of(self.get_queryset(request), request.GET.get("replaces", ""))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Write it through the service: it ends what is replaced, and checks who may."""
        actor, data = person(request.user), form.cleaned_data
        if change:
            writing.end_rule(
                rule_id=obj.pk, actor=actor, reason=data["change_reason"], end=data["valid_until"]
            )
            return
        replaced = data.get("replaces")
        rule = writing.add_rule(
            actor=actor,
            reason=data["change_reason"],
            replaces_id=replaced.pk if replaced else None,
            valid_from=data["valid_from"],
            **{name: data[name] for name in LIMITS},
        )
        obj.pk, obj.valid_from = rule.pk, rule.valid_from

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """The rule's page, with the way to one in its place."""
        add = reverse("admin:refunds_instantrule_add")
        may = self.has_add_permission(request) and row_number(object_id) is not None
        context = {"replace_url": f"{add}?replaces={object_id}" if may else ""}
        return super().change_view(
            request, object_id, form_url, {**context, **(extra_context or {})}
        )
