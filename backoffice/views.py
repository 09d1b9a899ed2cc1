"""The pages for what went wrong outside of any view."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from backoffice.exceptions import BackofficeError, NotAllowed, NotFound


def _refusal(request: HttpRequest, refusal: BackofficeError) -> HttpResponse:
    return render(request, "backoffice/refusal.html", {"refusal": refusal}, status=refusal.status)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    return _refusal(request, NotAllowed())


def missing(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    return _refusal(request, NotFound())


def broken(request: HttpRequest) -> HttpResponse:
    """500: a defect. The page needs nothing that could be broken itself."""
    return render(request, "backoffice/broken.html", status=500)
