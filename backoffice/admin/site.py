"""The site: who may enter, and what every page knows."""

from collections.abc import Callable
from functools import partial, update_wrapper
from typing import Any

from django.apps import apps
from django.contrib.auth.forms import AuthenticationForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import path
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from unfold.sites import UnfoldAdminSite

from backoffice.access import grants
from backoffice.accounts.words import SET_PASSWORD
from backoffice.actors import person
from backoffice.admin.home import greeting, render_panels, role_labels
from backoffice.admin.login import SignInForm, signed_out
from backoffice.admin.second_factor import second_factor
from backoffice.audit.recording import recorded

METHODS = ["GET", "HEAD", "POST"]
OWN_PASSWORD = gettext_noop("Changed the own password.")


class BackofficeSite(UnfoldAdminSite):
    """The back-office's admin: open to people with a role, closed to shortcuts around it."""

    site_title = _("Back-office")
    site_header = _("Back-office")
    index_title = _("Home")
    login_form: type[AuthenticationForm] = SignInForm

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        """A view for people with a role, and for the methods that browsers use: pages know no other."""
        inner = super().admin_view(view, cacheable)

        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method not in METHODS:
                return HttpResponseNotAllowed(METHODS)
            if request.method == "POST" and not request.user.is_authenticated:
                return signed_out(request)
            return inner(request, *args, **kwargs)

        return update_wrapper(guarded, inner)

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether the signed-in person has any role at all."""
        return bool(grants(request.user))

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The home page: each role's own panels."""
        context = {
            "panels": render_panels(request),
            "greeting": greeting(request),
            "roles": role_labels(request),
            **(extra_context or {}),
        }
        return super().index(request, context)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        """The apps and their lists, put together only where a page shows them: the side menu is ours."""
        return SimpleLazyObject(partial(super().get_app_list, request, app_label))

    def app_index(
        self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One app's pages, under the app's own name."""
        context = {"title": apps.get_app_config(app_label).verbose_name, **(extra_context or {})}
        return super().app_index(request, app_label, context)

    def get_urls(self) -> list[Any]:
        """Django's pages without ``/r/``, which leads to any row of any store."""
        own = path("second-factor/", self.admin_view(second_factor), name="second_factor")
        theirs = super().get_urls()
        return [own, *(url for url in theirs if getattr(url, "name", None) != "view_on_site")]

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A person's own password, which is in their account's history as every other change."""
        if request.method != "POST":
            return super().password_change(request, extra_context)
        with recorded(person(request.user), OWN_PASSWORD, SET_PASSWORD):
            return super().password_change(request, extra_context)

    def search(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """No search across models: each list searches its own, scoped rows."""
        raise Http404
