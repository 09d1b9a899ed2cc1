"""Signing in, and being locked out after too many wrong tries."""

from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from unfold.forms import AuthenticationForm

from backoffice.access import grants
from backoffice.admin.refusals import refusal_page
from backoffice.exceptions import BackofficeError


class SignInForm(AuthenticationForm):
    """The sign-in form: for every active person with a role."""

    error_messages: ClassVar[dict[str, Any]] = {
        **AuthenticationForm.error_messages,
        "invalid_login": _("The user name or the password is wrong. Capital letters matter."),
    }

    def confirm_login_allowed(self, user: Any) -> None:
        """Refuse with a sentence who is inactive, a system user, or without a role."""
        if not user.is_active or user.is_system or not grants(user):
            raise ValidationError(_("This account has no role yet. Ask the platform for one."))


class LockedOut(BackofficeError):
    """Too many wrong passwords."""

    message = _("Too many wrong passwords. Wait 15 minutes, then try again.")
    status = 429


def signed_out(request: HttpRequest) -> HttpResponse:
    """To the sign-in form, and from there back to the page whose form was sent without being signed in."""
    messages.warning(
        request,
        _("You were signed out in the meantime, so nothing was done. Sign in, and do it again."),
    )
    return redirect_to_login(_page_of_form(request), reverse("admin:login"))


def _page_of_form(request: HttpRequest) -> str:
    """The page of ours that the form stood on; the home page where the browser does not say."""
    page = request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(page, {request.get_host()}, request.is_secure())
    return (
        urlsplit(page)._replace(scheme="", netloc="").geturl() if ours else reverse("admin:index")
    )


def locked_out(
    request: HttpRequest, response: HttpResponse | None = None, credentials: Any = None
) -> HttpResponse:
    """The page that axes shows instead of the sign-in form."""
    return refusal_page(request, LockedOut())
