"""Cases that a person chose in the list, and looked at before they act on all of them."""

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect

from backoffice.row_numbers import row_numbers


def without_post(request: HttpRequest) -> HttpResponse | None:
    """What anything but a POST gets: a link or a reload leads back to the list."""
    if request.method in ("GET", "HEAD"):
        return redirect("admin:refunds_refundcase_changelist")
    return None if request.method == "POST" else HttpResponseNotAllowed(["GET", "POST"])


def chosen_versions(request: HttpRequest) -> list[tuple[int, int]]:
    """The cases that the page showed, each with the version that was looked at."""
    return [pair for pair in map(_pair, request.POST.getlist("case")) if pair]


def _pair(text: str) -> tuple[int, int] | None:
    case_id, _dash, version = text.partition("-")
    numbers = row_numbers([case_id, version])
    return (numbers[0], numbers[1]) if len(numbers) == 2 else None
