"""The guide's page: for everybody, without sign-in, and safe to keep for some minutes."""

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import conditional_page, require_safe

from backoffice import clock
from backoffice.exceptions import NotFound
from merchants.models import Store
from refunds.guide.facts import guide_of, next_change

KEPT_SECONDS = 300


class NoGuide(NotFound):
    """No such store, or none that sells now."""

    message = _("There is no refund guide at this address. Look for the store's link once more.")


@require_safe
@conditional_page
def guide(request: HttpRequest, code: str, language: str = "") -> HttpResponse:
    """The guide of the store with that code, in ``language`` or in the reader's."""
    store = (
        Store.objects.filter(code=code, active=True, merchant__active=True)
        .select_related("calendar")
        .first()
    )
    if store is None or language not in ("", *dict(settings.LANGUAGES)):
        raise NoGuide
    at = clock.now()
    spoken = language or translation.get_language() or settings.LANGUAGE_CODE
    with translation.override(spoken), timezone.override(store.time_zone):
        context = {**guide_of(store, at), "languages": _languages(), "spoken": spoken}
        response = render(request, "refunds/guide/page.html", context)
    response["Content-Language"] = spoken
    if not language:
        patch_vary_headers(response, ["Accept-Language", "Cookie"])
    patch_cache_control(response, public=True, max_age=_kept(store, at))
    return response


def _kept(store: Store, at: datetime) -> int:
    """How many seconds the page may be kept: never beyond the next change of a policy."""
    change = next_change(store, at)
    return min(KEPT_SECONDS, int((change - at).total_seconds())) if change else KEPT_SECONDS


def _languages() -> list[dict[str, str]]:
    return [
        {"code": code, "name": translation.get_language_info(code)["name_local"]}
        for code, _name in settings.LANGUAGES
    ]
