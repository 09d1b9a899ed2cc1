"""What may not be returned without a reason: the law's grounds, and the categories under them."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from backoffice import clock
from backoffice.actors import person
from backoffice.admin.guarded import EditableAdmin, ReasonForm, ScopedRelatedFilter
from backoffice.exceptions import BackofficeError
from refunds.admin.standing import standing_pill
from refunds.exemptions import writing
from refunds.models import ExemptCategory, ExemptGround

FACTS = ("category", "store", "ground", "valid_from")


class ExemptionForm(ReasonForm):
    """A new exemption; checked as the service checks it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["valid_from"].required = False
        self.fields["valid_from"].help_text = _("Empty: from now on.")

    def clean(self) -> dict[str, Any]:
        """Refuse here what the service would refuse, in its words."""
        data = super().clean() or self.cleaned_data
        if self.errors:
            return data
        begin = data["valid_from"] or clock.now()
        row = ExemptCategory(
            store=data["store"], category=data["category"].strip(), valid_from=begin
        )
        try:
            writing.check(row, begins_now=data["valid_from"] is None)
        except BackofficeError as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        return data


class EndForm(ReasonForm):
    """When it ends."""

    def clean(self) -> dict[str, Any]:
        """An end is a moment."""
        data = super().clean() or self.cleaned_data
        if not self.errors and data.get("valid_until") is None:
            raise forms.ValidationError(_("Write when the exemption ends."))
        return data


@admin.register(ExemptCategory)
class ExemptCategoryAdmin(EditableAdmin):
    """Categories that the law exempts from returns without a reason: added and ended, never changed."""

    list_display = ("category", "store", "shown_ground", "state_pill", "valid_from", "valid_until")
    list_display_links = ("category",)
    list_filter: ClassVar = [("ground", ScopedRelatedFilter), ("store", ScopedRelatedFilter)]
    search_fields = ("^category",)

    @admin.display(description=_("ground"), ordering="ground")
    def shown_ground(self, row: ExemptCategory) -> str:
        """The ground, in the reader's language."""
        return row.ground.label

    @admin.display(description=_("state"))
    def state_pill(self, row: ExemptCategory) -> SafeString:
        """Whether it holds now."""
        return standing_pill(row)

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """The form of a new exemption, or the one that ends an old one."""
        kwargs["form"] = EndForm if obj else ExemptionForm
        return super().get_form(request, obj, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """An old exemption shows its end."""
        return (*FACTS, *(("valid_until",) if obj else ()), "change_reason")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Cases stand on it: only its end can still be written."""
        return FACTS if obj else ()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """An exemption that has ended stays as it is."""
        ended = obj is not None and obj.valid_until is not None and obj.valid_until <= clock.now()
        return not ended and super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Write it through the service, which checks who may."""
        actor, data = person(request.user), form.cleaned_data
        if change:
            writing.end_exemption(
                exemption_id=obj.pk,
                actor=actor,
                reason=data["change_reason"],
                end=data["valid_until"],
            )
            return
        row = writing.add_exemption(
            category=data["category"],
            ground=data["ground"],
            store=data["store"],
            actor=actor,
            reason=data["change_reason"],
            valid_from=data["valid_from"],
        )
        obj.pk, obj.valid_from = row.pk, row.valid_from


@admin.register(ExemptGround)
class ExemptGroundAdmin(EditableAdmin):
    """The law's grounds: their words may be brought up to date, and a ground be switched off."""

    list_display = ("code", "shown_title", "shown_law", "by_purchase", "active")
    list_display_links = ("code", "shown_title")
    fields = (
        "code", "title", "title_zh", "law", "law_zh", "by_purchase", "active", "change_reason",
    )  # fmt: skip

    @admin.display(description=_("title"), ordering="title")
    def shown_title(self, row: ExemptGround) -> str:
        """The title, in the reader's language."""
        return row.label

    @admin.display(description=_("the law's words"))
    def shown_law(self, row: ExemptGround) -> str:
        """The law's words, in the reader's language."""
        return row.law_text

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A ground keeps its code, by which it is known."""
        return ("code",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """The law names them; the product brings them."""
        return False
