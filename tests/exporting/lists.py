"""Signed in, and what a file holds."""

import csv
import io

from django.test import Client

from backoffice.models import User


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def table(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
