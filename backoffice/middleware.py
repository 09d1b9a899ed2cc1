"""What every request passes through: an id, and sentences in place of errors."""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from backoffice.admin.refusals import refusal_page
from backoffice.exceptions import BackofficeError, NotAllowed, NotFound
from backoffice.requests import new_request_id
from backoffice.views import broken, form_only

GetResponse = Callable[[HttpRequest], HttpResponse]


class RequestIdMiddleware:
    """Give each request an id, and tell it to the caller as ``X-Request-ID``."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, with the id of the request."""
        request_id = new_request_id()
        response = self.get_response(request)
        response["X-Request-ID"] = request_id
        return response


class SentencesMiddleware:
    """Show every refusal as a page with its sentence, never as a traceback – with DEBUG on, too."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Replace Django's technical pages; the log keeps the traceback."""
        response = self.get_response(request)
        if response.status_code == 404 and request.resolver_match is None:
            return refusal_page(request, NotFound())
        if response.status_code == 405 and asks_for_a_page(request):
            return form_only(request, response["Allow"])
        if response.status_code == 500 and settings.DEBUG:
            return broken(request)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A refusal's page with its status; ``None`` for what is a defect and must be seen."""
        refusal = as_refusal(exception)
        if refusal is None:
            return None
        return refusal_page(request, refusal)


def asks_for_a_page(request: HttpRequest) -> bool:
    """Whether a browser wants something to show, rather than a program an answer."""
    return request.method == "GET" and "text/html" in request.headers.get("Accept", "")


def as_refusal(exception: Exception) -> BackofficeError | None:
    """The refusal that ``exception`` stands for, if it stands for one."""
    if isinstance(exception, BackofficeError):
        return exception
    if isinstance(exception, Http404):
        return NotFound()
    if isinstance(exception, PermissionDenied):
        return NotAllowed()
    return None
