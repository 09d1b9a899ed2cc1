"""The world of the access tests: written once per file, and taken back at its end."""

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse, TemplateResponse

from backoffice import middleware, views
from backoffice.exceptions import BackofficeError
from tests.access.walker import Walker


def sentence_alone(request: HttpRequest, refusal: BackofficeError) -> HttpResponse:
    """A refusal's sentence without its page, which takes longer than everything before it.

    Most of the walk is refused; ``test_refusals.py`` reads the page itself as everybody.
    """
    return HttpResponse(str(refusal.message), status=refusal.status)


def content_unless_head(response: TemplateResponse) -> str:
    """The page; who asks for its head alone gets none, and GET has read it before."""
    if response._request.method == "HEAD":
        return ""
    return str(SimpleTemplateResponse.rendered_content.fget(response))


@pytest.fixture(scope="module")
def walker(django_db_setup: None, django_db_blocker: Any) -> Iterator[Walker]:
    """Two merchants, three stores, a browser per person."""
    plain = [patch.object(place, "refusal_page", sentence_alone) for place in (middleware, views)]
    heads = patch.object(TemplateResponse, "rendered_content", property(content_unless_head))
    with django_db_blocker.unblock(), transaction.atomic(), plain[0], plain[1], heads:
        walker = Walker()
        assert walker.owners({}) == set()
        assert walker._owners_by_key
        yield walker
        transaction.set_rollback(True)
