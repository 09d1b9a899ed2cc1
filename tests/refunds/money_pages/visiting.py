"""A person at a page about money."""

from typing import Any

from django.test import Client
from django.urls import reverse

from tests.cast import Cast

PEOPLE = ("staff", "manager", "finance", "checker", "auditor", "platform")


def url(model: str, name: str, *args: Any) -> str:
    return reverse(f"admin:refunds_{model}_{name}", args=args)


def sign_in(client: Client, cast: Cast, name: str) -> Client:
    client.force_login(getattr(cast, name))
    return client
