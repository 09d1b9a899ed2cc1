"""Attaching files as a person does, and reading what was kept."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from refunds.evidence.serving import opened
from refunds.models import Evidence, RefundCase


def attach(
    client: Client, case: RefundCase, *files: SimpleUploadedFile, party: str = "buyer"
) -> str:
    url = reverse("admin:refunds_refundcase_do", args=[case.pk, "attach"])
    version = RefundCase.objects.get(pk=case.pk).version
    form = {"version": version, "party": party, "file": list(files)}
    return client.post(url, form, follow=True).content.decode()


def address(row: Evidence, name: str = "evidence") -> str:
    return reverse(f"admin:refunds_refundcase_{name}", args=[row.case_id, row.pk])


def content_of(row: Evidence) -> bytes:
    with opened(row.file) as file:
        return file.read()
