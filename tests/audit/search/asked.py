"""Asking history as a person does: on the page, after the index has caught up."""

import html
import re
from typing import Any

from django.test import Client
from django.urls import reverse

from backoffice.audit.search.indexing import catch_up
from backoffice.models import User

PAGE = reverse("admin:backoffice_changeentry_changelist")
TOLD = re.compile(r'<p class="desk-told">(.*?)</p>', re.DOTALL)


def ask(client: Client, user: User, language: str = "en", **question: Any) -> Any:
    """The page's answer to ``question``, asked by ``user``."""
    catch_up()
    client.force_login(user)
    return client.get(PAGE, question, headers={"accept-language": language})


def told(client: Client, user: User, language: str = "en", **question: Any) -> list[str]:
    """The sentences of the first page."""
    answer = ask(client, user, language, **question)
    assert answer.status_code == 200, answer.content.decode()
    return sentences(answer)


def sentences(answer: Any) -> list[str]:
    """The sentences on a page, without their tags."""
    found = TOLD.findall(answer.content.decode())
    return [html.unescape(re.sub(r"<[^>]+>", "", text)).strip() for text in found]
