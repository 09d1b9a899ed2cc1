"""The page of a refusal: within the site for people with a role, on a bare page for others."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from backoffice.exceptions import BackofficeError

INSIDE, OUTSIDE = "admin/base_site.html", "backoffice/front.html"


def refusal_page(request: HttpRequest, refusal: BackofficeError) -> HttpResponse:
    """``refusal``'s sentence, under its status. Nobody outside sees the side menu."""
    user = getattr(request, "user", None)
    inside = user is not None and admin.site.has_permission(request)
    context = {
        **(admin.site.each_context(request) if user is not None else {}),
        "title": _("Not possible"),
        "refusal": refusal,
        "layout": INSIDE if inside else OUTSIDE,
    }
    return render(request, "backoffice/refusal.html", context, status=refusal.status)
