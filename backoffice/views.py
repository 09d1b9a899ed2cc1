"""The pages for what went wrong outside of any view."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from backoffice.admin.refusals import refusal_page
from backoffice.exceptions import BackofficeError, NotAllowed, NotFound


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    return refusal_page(request, NotAllowed())


def missing(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    return refusal_page(request, NotFound())


class FormExpired(BackofficeError):
    """A form without its security token: an old tab, a forged request, or cookies turned off."""

    message = _(
        "This form is too old, or cookies are turned off. Nothing was changed. "
        "Go back, load the page again and repeat what you did."
    )
    status = 403


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403, for a form without its token."""
    return refusal_page(request, FormExpired())


class FormOnly(BackofficeError):
    """A page was asked for where only forms are taken: by reloading one, or from a bookmark."""

    message = _(
        "This address only takes what a form sends. Nothing was changed. "
        "Go on from the menu or the home page."
    )
    status = 405


def form_only(request: HttpRequest, allowed: str) -> HttpResponse:
    """405, for a person in a browser; ``allowed`` are the methods that the address takes."""
    response = refusal_page(request, FormOnly())
    response["Allow"] = allowed
    return response


def broken(request: HttpRequest) -> HttpResponse:
    """500: a defect. The page needs nothing that could be broken itself."""
    return render(request, "backoffice/broken.html", status=500)
