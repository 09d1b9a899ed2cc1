"""What the tests of privacy share: what somebody reads on a page, and what is put on record of it."""

from typing import Any

from django.test import Client
from django.urls import reverse

from backoffice.models import User
from backoffice.privacy.models import SensitiveRead


def page(client: Client, user: User, name: str, *args: Any, **query: str) -> str:
    """The text of a page as ``user`` gets it."""
    client.force_login(user)
    response = client.get(reverse(f"admin:{name}", args=args), query)
    assert response.status_code == 200, response.content
    return response.content.decode()


def reads(user: User) -> list[SensitiveRead]:
    """What is on record of what ``user`` read."""
    return list(SensitiveRead.objects.filter(reader=user).order_by("pk"))
