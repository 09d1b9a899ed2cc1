"""The theme's settings: names, colours, and what every page loads."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from backoffice.navigation import sidebar


def logo(_request: HttpRequest) -> str:
    """The product's mark."""
    return static("backoffice/logo.svg")


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": _("Back-office"),
    "SITE_HEADER": _("Back-office"),
    "SITE_SUBHEADER": _("Refund desk"),
    "SITE_ICON": {"light": logo, "dark": logo},
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": logo}],
    "SITE_URL": None,
    "ACCOUNT": {
        "navigation": [
            {"title": _("One-time codes"), "link": reverse_lazy("admin:second_factor")},
        ],
    },
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "SHOW_BACK_BUTTON": True,
    "BORDER_RADIUS": "6px",
    "STYLES": [lambda _request: static("backoffice/desk.css")],
    "SCRIPTS": [lambda _request: static("backoffice/desk.js")],
    "COLORS": {
        "primary": {
            "50": "oklch(97.1% .014 243)",
            "100": "oklch(93.6% .032 243)",
            "200": "oklch(88.2% .059 247)",
            "300": "oklch(80.9% .105 249)",
            "400": "oklch(70.7% .145 252)",
            "500": "oklch(60.5% .175 256)",
            "600": "oklch(52.5% .185 259)",
            "700": "oklch(45.5% .17 261)",
            "800": "oklch(39.5% .14 262)",
            "900": "oklch(35% .11 262)",
            "950": "oklch(26% .08 264)",
        },
    },
    "SIDEBAR": {
        "show_search": False,
        "command_search": False,
        "show_all_applications": False,
        "navigation": sidebar,
    },
}
