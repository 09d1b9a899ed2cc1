"""Signing in, and being locked out after too many wrong tries."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
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


def locked_out(
    request: HttpRequest, response: HttpResponse | None = None, credentials: Any = None
) -> HttpResponse:
    """The page that axes shows instead of the sign-in form."""
    return refusal_page(request, LockedOut())
