"""The base of every admin page: read-only unless said otherwise, and scoped everywhere."""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.widgets import UnfoldAdminTextInputWidget

from backoffice.access import Scoped, ScopedQuerySet, covers
from backoffice.actors import person
from backoffice.audit.recording import recorded
from backoffice.audit.timeline import Entry, versions_of
from backoffice.exceptions import BadInput
from backoffice.privacy.uncovering import look_into
from backoffice.row_numbers import row_numbers


def visible(queryset: models.QuerySet, request: HttpRequest) -> models.QuerySet:
    """Only what the person may see; rows of unscoped models (people) pass as they are."""
    if isinstance(queryset, ScopedQuerySet):
        return queryset.visible_to(request.user)
    return queryset


class ScopedFields:
    """Choices of related rows, in forms and autocompletes: only what the person may see."""

    empty_value_display = "–"

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Limit a foreign key's choices to visible rows."""
        if issubclass(db_field.remote_field.model, Scoped):
            offered = kwargs.get("queryset", db_field.remote_field.model.objects.all())
            kwargs["queryset"] = offered.visible_to(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]  # a mixin


class GuardedAdmin(ScopedFields, ModelAdmin):
    """Read-only pages over the rows that a person may see.

    Lists, objects, choices, searches and history all start from ``get_queryset``. Nothing is added,
    changed or deleted here; a page that writes says so (``EditableAdmin``, ``actions``).
    """

    actions: ClassVar[Sequence[Any]] = ()
    list_per_page = 50
    show_full_result_count = False
    list_select_related: ClassVar[Any] = True
    view_on_site = False
    compressed_fields = True
    list_filter_submit = True

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        """The rows that the person may see."""
        return visible(super().get_queryset(request), request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nothing is added here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is changed here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is deleted here."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the person may see this model – and this row, when one is given."""
        return self.holds(request, "view", obj)

    def holds(self, request: HttpRequest, verb: str, obj: Any = None) -> bool:
        """Whether the person holds ``verb`` on this model, in the row's store when one is given."""
        permission = f"{self.opts.app_label}.{verb}_{self.opts.model_name}"
        if obj is None or obj.pk is None:
            return request.user.has_perm(permission)
        return covers(request.user, permission, obj)

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Only the page's own filters, by the row itself and never by a field behind it.

        What lies behind could be guessed letter by letter (``?store__account__gte=6``), and the
        way back through a shared row leads to any store.
        """
        return any(lookup in _lookups_of(name) for name in self._filter_names(request))

    def _filter_names(self, request: HttpRequest) -> Iterator[str]:
        for entry in self.get_list_filter(request):
            name = entry[0] if isinstance(entry, tuple | list) else entry
            yield str(getattr(name, "parameter_name", name))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list, under the name of what it lists: a browser's tab has no room for more."""
        title = capfirst(self.opts.verbose_name_plural)
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The object's page: 404 outside the person's stores, 405 for writes to a read-only page."""
        obj = self.require(request, object_id) if object_id is not None else None
        if request.method not in ("GET", "HEAD") and not self.writable(request, obj):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        own = None if obj is None else self.object_page(request, obj)
        if own is not None and request.method in ("GET", "HEAD"):
            return own
        return super().changeform_view(request, object_id, form_url, extra_context)

    def object_page(self, request: HttpRequest, obj: Any) -> HttpResponse | None:
        """The row's page where it has one of its own; ``None`` means Django's form."""
        return None

    def page(
        self,
        request: HttpRequest,
        template: str,
        title: Any,
        context: dict[str, Any],
        status: int = 200,
    ) -> HttpResponse:
        """A page inside the admin's frame."""
        base = {**self.admin_site.each_context(request), "opts": self.opts, "title": title}
        return TemplateResponse(request, template, {**base, **context}, status=status)

    def writable(self, request: HttpRequest, obj: Any) -> bool:
        """Whether a POST to this form is welcome."""
        if obj is None:
            return self.has_add_permission(request)
        return self.has_change_permission(request, obj)

    def require(self, request: HttpRequest, object_id: str) -> Any:
        """The row, if the person may see it; ``Http404`` otherwise, whether it exists or not."""
        obj = self.get_object(request, object_id)
        if obj is None or not self.has_view_permission(request, obj):
            raise Http404
        if isinstance(obj, Scoped):
            look_into(request, obj)
        return obj

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Every version of the row, newest first, with what changed, who did it and why."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        obj = self.require(request, object_id)
        context = {"subtitle": str(obj), "object": obj, "entries": self.history_of(obj)}
        return self.page(request, "backoffice/history.html", _("History"), context)

    def history_of(self, obj: Any) -> list[Entry]:
        """What the history page tells: the row's own versions."""
        return versions_of(obj)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Nothing is deleted."""
        raise Http404

    def response_action(
        self, request: HttpRequest, queryset: models.QuerySet
    ) -> HttpResponse | None:
        """Run a list's action over visible rows only; what was chosen has to be row numbers."""
        chosen = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if len(row_numbers(chosen)) < len(chosen):
            raise BadInput(_("One of the chosen rows does not exist. Load the list again."))
        return super().response_action(request, visible(queryset, request))


COMPARISONS = ("exact", "in", "isnull", "gte", "lte", "gt", "lt")


def _lookups_of(name: str) -> set[str]:
    """How the filter by ``name`` may be written in an address."""
    keys = {name, f"{name}__id", f"{name}__pk"}
    return keys | {f"{key}__{comparison}" for key in keys for comparison in COMPARISONS}


class ReasonForm(forms.ModelForm):
    """A form that asks why: the answer goes into history."""

    change_reason = forms.CharField(
        label=_("Reason for this change"),
        max_length=300,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Kept in history beside your name."),
    )


class EditableAdmin(GuardedAdmin):
    """A page on which people with the permission add and change rows, giving a reason."""

    form = ReasonForm

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whether the person may add rows at all."""
        return self.holds(request, "add")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the person may change this row."""
        return self.holds(request, "change", obj)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The form's page; what it saves is recorded with the person and the reason given."""
        if request.method != "POST":
            return super().changeform_view(request, object_id, form_url, extra_context)
        reason = request.POST.get("change_reason", "").strip() or "–"
        with recorded(person(request.user), reason):
            return super().changeform_view(request, object_id, form_url, extra_context)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Without the reason where nothing can be saved."""
        fieldsets = super().get_fieldsets(request, obj)
        if self.writable(request, obj):
            return fieldsets
        return [
            (name, {**options, "fields": [f for f in options["fields"] if f != "change_reason"]})
            for name, options in fieldsets
        ]

    def log_addition(self, *args: Any) -> None:
        """History keeps it; Django's own log would show it across stores."""

    def log_change(self, *args: Any) -> None:
        """History keeps it; Django's own log would show it across stores."""


class GuardedInline(ScopedFields, TabularInline):
    """Rows of a parent, read-only, for those who may see them."""

    extra = 0
    can_delete = False
    show_change_link = False
    tab = False

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A field that says what it is: in the cells of a table nothing else does."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            field.widget.attrs.setdefault("aria-label", field.label)
        return field

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        """The rows that the person may see."""
        return visible(super().get_queryset(request), request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the person may see such rows."""
        return request.user.has_perm(f"{self.opts.app_label}.view_{self.opts.model_name}")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is added here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is changed here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is deleted here."""
        return False


class ScopedRelatedFilter(admin.RelatedFieldListFilter):
    """A filter by a related row that lists only what the person may see."""

    def field_choices(
        self, field: Any, request: HttpRequest, model_admin: Any
    ) -> list[tuple[str, Any]]:
        """The visible related rows."""
        rows = field.remote_field.model._default_manager.visible_to(request.user)
        return [
            (row.pk, str(row)) for row in rows.order_by(*field.remote_field.model._meta.ordering)
        ]
